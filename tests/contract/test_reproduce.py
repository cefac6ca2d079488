"""The page on reproducing the papers: its settings, commands and forecasts are those of the code."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from training.__main__ import build_parser
from training.contract.disk import forecast_disk
from training.contract.experiment import ExperimentConfig, load_experiment, parse_experiment
from training.contract.presets import preset

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reproduce.md").read_text(encoding="utf-8")
RPT, RLPT = PAGE.split("## Next-segment reasoning (RLPT)")
PAPER = preset("rpt-paper")
PARAMETERS = 14_770_033_664  # of R1-Distill-Qwen-14B: 48 layers of width 5,120, embedding and head apart
LAYERS, WIDTH, VOCABULARY, LONGEST, GPUS = 48, 5120, 152_064, 4096 + 8192, 8


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[list[str]]:
    """The arguments of every `python -m training` on the page."""
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    found = [line.partition(" > ")[0] for line in lines if line.startswith("python -m training ")]
    return [shlex.split(line)[3:] for line in found]


def value_of(config: ExperimentConfig, name: str) -> str:
    found: Any = config
    for part in name.split("."):
        found = getattr(found, part)
    return ", ".join(found) if isinstance(found, tuple | list) else str(found)


def flat(section: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in section.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def rows_of(part: str) -> dict[str, str]:
    """The settings in the tables of a part of the page."""
    return dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", part, re.MULTILINE))


def test_table_of_settings_is_the_presets() -> None:
    rows = rows_of(RPT)
    assert len(rows) > 35
    assert rows == {name: value_of(PAPER, name) for name in rows}


def test_table_of_rlpt_is_its_presets_and_names_all_that_is_no_default() -> None:
    config = preset("rlpt-paper")
    rows = rows_of(RLPT)
    assert rows == {name: value_of(config, name) for name in rows}
    usual = flat(parse_experiment({"method": {"kind": "rlpt"}}).model_dump())
    changed = {name for name, value in flat(config.model_dump()).items() if usual[name] != value}
    assert changed - rows.keys() == {"name", "data.corpus", "resources.device"}


def test_every_setting_of_the_preset_that_is_no_default_is_in_the_table() -> None:
    usual, named = (
        flat(parse_experiment({}).model_dump()),
        set(rows_of(RPT)),
    )
    changed = {name for name, value in flat(PAPER.model_dump()).items() if usual.get(name) != value}
    # The name, the file that the commands replace, and what the text says.
    assert changed - named == {
        "name",
        "data.corpus",
        "positions.window",
        "resources.device",
    }


def test_first_commands_change_the_preset_where_they_say(tmp_path: Path) -> None:
    script = blocks("sh")[0].replace("python -m", f"{shlex.quote(sys.executable)} -m")
    subprocess.run(["bash", "-ec", script], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)
    made, before = flat(load_experiment(tmp_path / "rpt.yaml").model_dump()), flat(PAPER.model_dump())
    assert {name: value for name, value in made.items() if before[name] != value} == {
        "data.corpus": "hf:KbsdJames/Omni-MATH:test",
        "optimisation.steps": 1200,
        "resources.threads": 64,
    }


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_command_is_one_that_training_takes(arguments: list[str]) -> None:
    assert callable(build_parser().parse_args(arguments).command)


def test_rlvr_is_fifteen_epochs_of_the_papers_batches() -> None:
    assert ["preset", "rlvr-paper"] in [arguments[:2] for arguments in commands()]
    config = preset("rlvr-paper")
    assert config.method.kind == "rlvr"
    assert config.optimisation.contexts_per_step == config.optimisation.mini_batch_contexts == 64
    assert config.optimisation.steps * 64 == 15 * 256


def row(text: str) -> list[str]:
    """The figures of the table rows that begin with a text."""
    return re.findall(rf"^\| {re.escape(text)}[^|]*\|[^|]*\| ([\d.,]+) \|", PAGE, re.MULTILINE)


def test_forecast_of_gpu_memory_is_its_formulas() -> None:
    used = PAPER.resources
    sharded = PARAMETERS / GPUS / 1e9
    weights = 2 * PARAMETERS / used.tensor_parallel / 1e9
    cache = used.gpu_memory_share * 80 - weights - 2
    rollout = used.micro_batch_rollouts * LONGEST
    kept, logits = 2 * LAYERS * WIDTH * rollout / 1e9, 8 * VOCABULARY * rollout / 1e9
    assert row("the trainer's weights") == [f"{12 * sharded:.1f}"]
    assert row("vLLM: weights") == [f"{weights:.1f}"]
    assert row("vLLM: keys and values") == [f"{cache:.1f}"]
    assert row("weights, gradients, Adam") == [f"{16 * sharded:.1f}"]
    assert row("layer inputs") == [f"{kept:.1f}"]
    assert row("logits") == [f"{logits:.1f}"]
    assert row("all")[0] == f"{12 * sharded + used.gpu_memory_share * 80:.1f}"
    assert row("all;") == [f"{16 * sharded + kept + logits + 2:.1f}"]
    token = 2 * 2 * LAYERS * 8 * 128 / used.tensor_parallel
    assert f"{token:,.0f} bytes" in PAGE
    rollouts = cache * 1e9 / token / LONGEST * GPUS / used.tensor_parallel
    assert f"{int(rollouts)} of the\nlongest rollouts" in PAGE


def test_forecast_of_disk_is_the_forms() -> None:
    steps = PAPER.optimisation.model_copy(update={"steps": 1200})
    found = forecast_disk(PAPER.model_copy(update={"optimisation": steps}), PARAMETERS)
    whole = 16 * PARAMETERS
    assert row("a whole checkpoint") == [f"{whole / 1e9:.0f}"]
    assert row("`checkpoints.keep` 2") == [f"{3 * whole / 1e9:.0f}"]
    assert row("weights of the best") == [f"{4 * PARAMETERS / 1e9:.0f}"]
    assert row("rollouts, at most") == [f"{found.rollouts / 1e9:.0f}"]
    assert row("all")[-1] == f"{found.total / 1e9:,.0f}"

"""The verl configuration for people: the overrides that run, without what is only true on one machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.__main__ import main
from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.presets import preset
from training.engine.overrides import EnginePaths, overrides
from training.engine.shown import shown_overrides

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = EnginePaths(Path("MODELS/m"), Path("RUN/work/tasks.parquet"), Path("RUN"))


def at(data: Any, name: str) -> Any:
    for part in name.split("."):
        data = data[part]
    return data


def test_shown_values_are_the_overrides_of_the_run() -> None:
    config = preset("rpt-paper")
    shown = yaml.safe_load(shown_overrides(config, "cuda"))
    differ = {name for name, value in overrides(config, FOLDERS, "cuda").items() if at(shown, name) != value}
    assert differ == {"actor_rollout_ref.model.path", "data.foresight"}
    assert at(shown, "actor_rollout_ref.model.path") == "MODELS/deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"
    assert at(shown, "data.foresight") == {
        "experiment": "this experiment, as JSON",
        "judge": "",
        "length": 1000 * 256 + 501 * 9 * 256,  # with dynamic sampling from step 500
    }


def test_shown_values_have_no_aliases_and_name_the_weights_after_the_cold_start() -> None:
    text = shown_overrides(preset("rlpt-demo-cpu"), "cpu")
    assert "&id" not in text
    assert at(yaml.safe_load(text), "actor_rollout_ref.model.path") == "RUN/work/cold_start"
    assert at(yaml.safe_load(text), "data.foresight.judge") == "the judge of the run"


def test_method_without_verl_is_refused() -> None:
    with pytest.raises(ForesightError, match="sft trains with plain PyTorch"):
        shown_overrides(preset("sft-demo-cpu"), "cpu")


def test_command_prints_yaml_of_the_device_that_is_set(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text(dump_yaml(preset("rpt-paper")), encoding="utf-8")
    assert main(["verl-config", "--config", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].endswith(
        "ppo_trainer on GPUs: what Foresight sets; the rest is verl's default."
    )
    assert yaml.safe_load(said)["actor_rollout_ref"]["rollout"]["name"] == "vllm"


def test_showing_it_for_gpus_loads_neither_verl_nor_torch() -> None:
    code = (
        "import sys; from training.contract.presets import preset; from training.engine.shown import shown_overrides; "
        "shown_overrides(preset('rpt-paper'), 'cuda'); "
        "sys.exit(any(name in sys.modules for name in ('verl', 'ray', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_own_prompt_of_a_person_is_not_in_it() -> None:
    data = preset("demo-cpu").model_dump(mode="json")
    data["method"] |= {"prompt": "custom", "custom_prompt": "secret words {prompt_content}"}
    assert "secret words" not in shown_overrides(parse_experiment(data), "cpu")

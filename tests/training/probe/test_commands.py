"""`prompt`, `probe` and `prompts-table` on a tiny random model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.probe.conftest import MakeConfig
from training.__main__ import main
from training.contract.events import Failed, Finished, Progress, StageChanged
from training.contract.experiment import ExperimentConfig
from training.contract.probe_result import read_probe
from training.contract.prompt_preview import PromptPreview
from training.contract.prompts_table import read_prompts_table
from training.contract.stream import read_after
from training.models.token_bytes import load_tokenizer
from training.prompts.build import TaskBuilder
from training.prompts.order import order_positions
from training.stages import Teller, gather_material, prepare

Write = Callable[..., Path]


def test_prompt_of_an_unscanned_corpus_is_drawn_and_says_so(
    written: Write, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(positions={"window": 300})  # no scan was made with this window
    assert main(["prompt", "--config", str(config), "--json"]) == 0
    found = PromptPreview.model_validate_json(capsys.readouterr().out)
    assert found.entropy is None
    assert found.problems[0].startswith("The corpus has not been scanned with these settings")
    assert found.prompt.startswith("<|im_start|>user\nPredict the next token in \\boxed{}.\n\n")
    assert found.prompt.endswith("<|im_end|>\n<|im_start|>assistant\n<think>\n")
    tokenizer = load_tokenizer(home / "models" / "tiny")
    assert found.tokens == len(tokenizer(found.prompt, add_special_tokens=False)["input_ids"])
    assert (found.max_tokens, found.think_prefilled, found.number) == (300, True, 0)


def test_prompt_goes_to_stdout_byte_for_byte(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    own = "Box \\boxed{}: <<{prompt_content}>> é"
    config = str(written(method={"prompt": "custom", "custom_prompt": own}, positions={"window": 300}))
    assert main(["prompt", "--config", config, "--json"]) == 0
    whole = PromptPreview.model_validate_json(capsys.readouterr().out).prompt
    assert main(["prompt", "--config", config]) == 0
    said = capsys.readouterr()
    assert said.out == whole
    assert ">> é<|im_end|>" in whole
    assert "of 300 tokens; document 0 (text.txt), byte " in said.err


def test_probe_writes_what_it_found_and_removes_its_weights(
    written: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, spool = tmp_path / "probe", tmp_path / "events.1.jsonl"
    config = written(cold_start={"steps": 1, "batch_size": 2}, sampling={"max_response_tokens": 80})
    arguments = ["--out", str(out), "--positions", "5", "--samples", "3", "--events", str(spool)]
    assert main(["probe", "--config", str(config), *arguments]) == 0
    result = read_probe(out / "probe.json")
    assert sorted(path.name for path in out.iterdir()) == ["probe.json"]
    assert len(result.groups) == 5
    assert {len(group.rewards) for group in result.groups} == {3}
    (only,) = result.bins  # the random model's entropies all lie just under ln 16
    assert (only.low, only.groups, only.positions) == (2.5, 5, result.selected)
    assert only.all_zero + only.mixed + only.all_one == 5
    assert (result.samples, result.group_size, result.cold_start_steps) == (3, 2, 1)
    events = [envelope.event for envelope in read_after(spool)]
    stages = [
        event.stage for event in events if isinstance(event, StageChanged) and event.status == "started"
    ]
    assert stages == ["prepare", "documents", "positions", "tasks", "cold_start", "probe"]
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert (last.stage, last.done, last.total, last.unit) == ("probe", 5, 5, "positions")
    assert events[-1] == Finished(steps_done=5, steps_asked=5)
    assert "Groups at 2.5 to 3.0 nats: " in capsys.readouterr().out


def test_probe_of_the_same_experiment_draws_the_same(written: Write, tmp_path: Path) -> None:
    config = str(written())
    for name in ("one", "two"):
        arguments = ["--out", str(tmp_path / name), "--positions", "3", "--samples", "2"]
        assert main(["probe", "--config", config, *arguments]) == 0
    one, two = (read_probe(tmp_path / name / "probe.json") for name in ("one", "two"))
    assert one.groups == two.groups
    assert one.response_tokens == two.response_tokens


def first_of_the_run(config: ExperimentConfig) -> str:
    """The first prompt of the run's own order, made as the pipeline makes it."""
    tell = Teller(lambda event: None)
    policy, proxy = prepare(config, tell)
    material = gather_material(config, policy, proxy, tell)
    builder = TaskBuilder(material.tokenizer, material.token_bytes, config)
    documents = {document.index: document for document in material.documents}
    for at in order_positions(material.positions, config.seed, len(material.positions)):
        task = builder.build(documents[at.document], material.encoded[at.document], at)
        if task is not None:
            return task.prompt
    raise AssertionError("no position can be asked")


def test_prompt_after_a_scan_is_the_first_of_the_run(
    written: Write, experiment: MakeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(written())
    assert main(["probe", "--config", config, "--out", str(tmp_path / "p"), "--positions", "1"]) == 0
    capsys.readouterr()
    assert main(["prompt", "--config", config, "--json"]) == 0
    first = PromptPreview.model_validate_json(capsys.readouterr().out)
    assert first.entropy is not None and first.entropy >= 2.763
    assert first.problems == ()
    assert first.prompt == first_of_the_run(experiment())
    assert main(["prompt", "--config", config, "--position", "100000"]) == 2
    assert "positions to ask" in capsys.readouterr().err


def test_prompts_table_has_every_template_on_the_same_positions(
    written: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "table"
    arguments = [
        "--out",
        str(out),
        "--templates",
        "v0,short",
        "--positions",
        "3",
        "--samples",
        "4",
        "--k",
        "2",
    ]
    assert main(["prompts-table", "--config", str(written()), *arguments]) == 0
    table = read_prompts_table(out / "prompts.json")
    assert [row.template for row in table.rows] == ["v0", "short"]
    assert (table.positions, table.samples, table.k) == (3, 4, 2)
    long, short = table.rows
    assert long.prompt_tokens > short.prompt_tokens
    assert long.paper == (0.03, 0.085) and short.paper is None
    said = capsys.readouterr().out
    assert "Pass@2" in said and "3.0/8.5" in said


def test_probe_that_cannot_begin_is_told_in_the_spool(written: Write, tmp_path: Path) -> None:
    spool = tmp_path / "events.1.jsonl"
    arguments = ["--out", str(tmp_path / "p"), "--samples", "1", "--events", str(spool)]
    assert main(["probe", "--config", str(written()), *arguments]) == 2
    (event,) = [envelope.event for envelope in read_after(spool)]
    assert isinstance(event, Failed) and event.field == "samples"
    unknown = ["--out", str(tmp_path / "p"), "--templates", "v9"]
    assert main(["prompts-table", "--config", str(written()), *unknown]) == 2

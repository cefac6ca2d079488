"""The exact prompts of segments and problems, before a run of them is launched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.probe.conftest import MakeConfig
from training.__main__ import main
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, dump_yaml
from training.contract.settings.answers import RlvrConfig
from training.contract.settings.segments import RlptConfig
from training.pipeline import run
from training.probe.allowed import refuse_without_rollouts
from training.probe.preview import preview
from training.prompts.task_file import read_tasks
from training.records import SegmentTask


@pytest.fixture
def segments(experiment: MakeConfig, tmp_path: Path) -> ExperimentConfig:
    text = "".join(f"The name of list {place} is the end of the line. " for place in range(9))
    (tmp_path / "text.txt").write_text(text)
    config = experiment(data={"corpus": str(tmp_path / "text.txt")})
    method = RlptConfig(template="short")
    room = {"segments": config.segments.model_copy(update={"max_context": 60})}
    return config.model_copy(update={"method": method, **room})


def test_prompts_of_segments_are_those_of_the_run(
    segments: ExperimentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.engine.launch.train", lambda config, **options: 3)
    run(segments, tmp_path / "run", attempt=1)
    tasks = read_tasks(tmp_path / "run" / "work" / "tasks.parquet").tasks
    for number in (0, 1, 5):
        found, task = preview(segments, number), tasks[number]
        assert isinstance(task, SegmentTask)
        assert (found.prompt, found.kind, found.answer) == (task.prompt, task.kind, task.references[0])
        assert (found.tokens, found.byte_start, found.number) == (
            len(task.prompt_ids),
            task.byte_start,
            number,
        )
        assert (found.next_token, found.entropy, found.template) == ("", None, "short")
        assert found.context_is_cut == (task.index > 1 and not task.context.startswith("The name of list 0"))


def test_prompt_command_names_the_kind_and_the_segment(
    segments: ExperimentConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "experiment.yaml"
    file.write_text(dump_yaml(segments))
    assert main(["prompt", "--config", str(file)]) == 0
    said = capsys.readouterr()
    first = preview(segments, 0)
    assert said.out == first.prompt
    assert (
        f"{first.kind.upper()} task, document 0 (text.txt), byte {first.byte_start}; the segment is"
        in said.err
    )


def test_segments_that_cannot_be_asked_are_counted(segments: ExperimentConfig) -> None:
    few = segments.segments.model_copy(update={"min_characters": 500})
    with pytest.raises(ForesightError, match="There are only 0 segments to ask"):
        preview(segments.model_copy(update={"segments": few}), 0)


def test_prompt_of_a_problem_shows_the_right_answer(experiment: MakeConfig, tmp_path: Path) -> None:
    rows = [{"problem": f"What is {n} + 1?", "answer": str(n + 1)} for n in range(4)]
    file = tmp_path / "problems.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = experiment(data={"corpus": str(file)}).model_copy(
        update={"method": RlvrConfig(instruction="short", filter_samples=4)}
    )
    found = [preview(config, number) for number in range(4)]
    assert sorted(one.answer for one in found) == ["1", "2", "3", "4"]
    assert all(f"What is {int(one.answer) - 1} + 1?" in one.prompt for one in found)
    assert found[0].problems == (
        "The difficulty filter may leave this problem out, and change the order of the others.",
    )
    with pytest.raises(ForesightError, match="There are only 4 problems to ask"):
        preview(config, 4)


def test_probe_of_another_method_is_refused(segments: ExperimentConfig) -> None:
    with pytest.raises(ForesightError, match="A probe measures next-token reasoning") as caught:
        refuse_without_rollouts(segments)
    assert caught.value.field == "method.kind"

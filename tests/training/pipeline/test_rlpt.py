"""Next-segment reasoning from text to the engine, and one whole run with the real trainer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.pipeline.test_run_command import run as run_command
from tests.training.tiny import make_tiny_model
from training.contract.boundaries_file import Boundaries, text_sha256, write_boundaries
from training.contract.errors import ForesightError
from training.contract.events import (
    CheckpointSaved,
    Event,
    Finished,
    Metrics,
    RolloutsWritten,
    StageChanged,
    TasksEvaluated,
)
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.rollout_file import read_group
from training.contract.stream import read_after, spool_path
from training.pipeline import run
from training.prompts.task_file import read_tasks
from training.records import SegmentTask

DOCUMENTS = [
    "".join(f"The {word} of list {place} is the end of the line. " for place in range(9))
    for word in ("name", "value", "size", "text")
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    (folder / "text.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in DOCUMENTS))
    return folder


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))


def segments_experiment(home: Path, **changes: dict[str, object]) -> ExperimentConfig:
    """Three steps of two tasks with two rollouts each, one cold-start step."""
    data: dict[str, dict[str, object]] = {
        "data": {"corpus": str(home / "text.jsonl"), "held_out_documents": 1},
        "model": {"name": "tiny"},
        "segments": {"max_context": 60},
        "method": {"kind": "rlpt", "template": "short"},
        "judge": {"kind": "deterministic_for_tests"},
        "cold_start": {"steps": 1, "batch_size": 2},
        "sampling": {
            "group_size": 2,
            "temperature": 1.0,
            "max_prompt_tokens": 400,
            "max_response_tokens": 240,
        },
        "optimisation": {"steps": 3, "contexts_per_step": 2, "mini_batch_contexts": 2},
        "evaluation": {"every": 3, "positions": 4},
        "checkpoints": {"every": 2},
        "resources": {
            "device": "cpu",
            "threads": 1,
            "micro_batch_rollouts": 4,
            "gradient_checkpointing": False,
        },
    }
    for section, values in changes.items():
        data[section] = {**data.get(section, {}), **values}
    return parse_experiment({"name": "tiny", **data})


def events_of(folder: Path, attempt: int = 1) -> list[Event]:
    return [envelope.event for envelope in read_after(spool_path(folder, attempt))]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engine was given; in its place nothing trains."""
    given: dict[str, Any] = {}

    def fake_train(config: ExperimentConfig, **options: Any) -> int:
        given.update(options)
        return config.optimisation.steps

    monkeypatch.setattr("training.engine.launch.train", fake_train)
    return given


def tasks_of(folder: Path, name: str = "tasks") -> list[SegmentTask]:
    tasks = read_tasks(folder / "work" / f"{name}.parquet").tasks
    return [task for task in tasks if isinstance(task, SegmentTask)]


def test_run_cuts_asks_teaches_and_trains_in_order(
    home: Path, tmp_path: Path, trained: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    assert run(segments_experiment(home), folder, attempt=1) == 3
    stages = [
        (e.stage, e.detail) for e in events_of(folder) if isinstance(e, StageChanged) if e.seconds is not None
    ]
    assert stages[1:] == [
        ("documents", "3 documents to train on, 1 held out"),
        ("segments", "27 segments of 3 documents"),
        ("tasks", "3 ASR and 3 MSR tasks of 6 segments"),
        ("cold_start", "2 examples of the answer's form"),
    ]
    assert trained["model_dir"] == folder / "work" / "cold_start"
    for first, second in zip(tasks_of(folder)[::2], tasks_of(folder)[1::2], strict=True):
        assert {first.kind, second.kind} == {"asr", "msr"}  # every step holds both
    assert all("".join(task.references) in DOCUMENTS[task.document] for task in tasks_of(folder))


def test_held_out_tasks_are_of_other_documents_and_the_same_under_every_rule(
    home: Path, tmp_path: Path, trained: dict[str, Any]
) -> None:
    for name, method in (
        ("prefix", {}),
        ("strict", {"rule": "strict", "msr_weight": 0.1, "asr_share": 0.25}),
    ):
        run(segments_experiment(home, method=method), tmp_path / name, attempt=1)
    held_out = tasks_of(tmp_path / "prefix", "held_out")
    assert sorted(task.kind for task in held_out) == ["asr", "asr", "msr", "msr"]
    assert held_out == tasks_of(tmp_path / "strict", "held_out")
    assert {task.document for task in held_out}.isdisjoint(
        task.document for task in tasks_of(tmp_path / "prefix")
    )
    run(segments_experiment(home, method={"asr_share": 1.0}), tmp_path / "asr", attempt=1)
    assert {task.kind for task in tasks_of(tmp_path / "asr", "held_out")} == {"asr"}


def test_second_attempt_takes_up_what_is_finished(
    home: Path, tmp_path: Path, trained: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    run(segments_experiment(home), folder, attempt=1)
    before = tasks_of(folder)
    run(segments_experiment(home), folder, attempt=2)
    stages = [(e.stage, e.status) for e in events_of(folder, 2) if isinstance(e, StageChanged)]
    assert stages[2:] == [(name, "reused") for name in ("documents", "segments", "tasks", "cold_start")]
    assert tasks_of(folder) == before


def test_adjusted_boundaries_make_other_tasks(home: Path, tmp_path: Path, trained: dict[str, Any]) -> None:
    own = {}  # of all four documents, of which three are trained on
    for text in DOCUMENTS:
        one = len(text) // 9
        own[text_sha256(text)] = (*(2 * one * place for place in range(1, 5)), 9 * one)
    write_boundaries(tmp_path / "own.json", Boundaries(documents=own))
    settings = {"boundaries": str(tmp_path / "own.json"), "max_context": 120}
    config = segments_experiment(home, segments=settings, cold_start={"steps": 0})
    run(config, tmp_path / "run", attempt=1)
    assert {task.references[0].count("of the line") for task in tasks_of(tmp_path / "run")} == {2}
    details = [
        e.detail for e in events_of(tmp_path / "run") if isinstance(e, StageChanged) if e.stage == "segments"
    ]
    assert "15 segments of 3 documents, 3 with adjusted boundaries" in details


def test_documents_without_enough_segments_are_a_clear_error(
    home: Path, tmp_path: Path, trained: dict[str, Any]
) -> None:
    config = segments_experiment(home, segments={"min_characters": 500})
    with pytest.raises(ForesightError, match="Only 0 tasks can be made of the 0 segments") as caught:
        run(config, tmp_path / "run", attempt=1)
    assert caught.value.field == "optimisation.contexts_per_step"


@pytest.mark.slow
def test_whole_run_from_text_to_a_checkpoint(home: Path) -> None:
    done = run_command(home, segments_experiment(home), "whole")
    assert done.returncode == 0, done.stderr[-3000:]
    events = events_of(home / "whole")
    assert events[-1] == Finished(steps_done=3, steps_asked=3)
    # The last one is told of twice: once saved, and once the evaluation after it is on its card.
    assert [e.step for e in events if isinstance(e, CheckpointSaved)] == [2, 3, 3]
    assert [e.step for e in events if isinstance(e, TasksEvaluated)] == [0, 3]
    values = [e.values for e in events if isinstance(e, Metrics) if "reward/mean" in e.values]
    assert all(0 <= one["reward/asr"] <= 1 and 0 <= one["reward/msr"] <= 1 for one in values)  # type: ignore[operator]
    written = [e for e in events if isinstance(e, RolloutsWritten)]
    assert [(one.step, sorted(group.kind for group in one.groups)) for one in written] == [
        (step, ["asr", "msr"]) for step in (1, 2, 3)
    ]
    group = read_group(
        home / "whole", written[0].file, written[0].groups[0].offset, written[0].groups[0].length
    )
    assert group.truth == group.references[0]
    assert group.truth in DOCUMENTS[group.document]

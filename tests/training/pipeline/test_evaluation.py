"""A run that evaluates: before training, on its way and at the end, on positions it never trains on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.pipeline.test_run_command import TEXT, run, tiny_experiment
from tests.training.tiny import make_tiny_model
from training.contract.events import EvaluationDone, Event, Metrics, RolloutsWritten
from training.contract.stream import read_after, spool_path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    rows = [json.dumps({"text": f"{n} {TEXT}"}) for n in range(4)]
    (folder / "text.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def events_of(home: Path, folder: str, **evaluation: object) -> list[Event]:
    config = tiny_experiment(
        home / "text.jsonl",
        data={"held_out_documents": 1},
        evaluation={"every": 2, "positions": 10, **evaluation},
    )
    done = run(home, config, folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return [line.event for line in read_after(spool_path(home / folder, 1))]


@pytest.fixture(scope="module")
def events(home: Path) -> list[Event]:
    return events_of(home, "run")


def test_evaluations_come_before_training_every_two_steps_and_at_the_end(events: list[Event]) -> None:
    found = [event for event in events if isinstance(event, EvaluationDone)]
    assert [event.step for event in found] == [0, 2, 3]
    assert len({event.result.positions for event in found}) == 1
    for event in found:
        easy = event.result.score("standard", "easy")
        assert easy is not None
        assert easy.n == 10


def test_accuracies_are_metrics_of_their_step(events: list[Event]) -> None:
    found = {
        event.step: event.values
        for event in events
        if isinstance(event, Metrics) and "eval/reasoning/easy" in event.values
    }
    assert sorted(found) == [0, 2, 3]
    assert found[2]["time/evaluate"] is not None
    assert found[2]["compute/flops"] is not None
    assert "reward/mean" not in found[0]


def test_answers_lie_in_the_run_folder(home: Path, events: list[Event]) -> None:
    names = sorted(path.name for path in (home / "run" / "evaluations").iterdir())
    assert names == ["step_000000.parquet", "step_000002.parquet", "step_000003.parquet"]


def test_no_held_out_document_is_trained_on(home: Path, events: list[Event]) -> None:
    import pyarrow.parquet as pq

    asked = set(pq.read_table(home / "run" / "evaluations" / "step_000000.parquet")["document"].to_pylist())
    trained = {
        group.document for event in events if isinstance(event, RolloutsWritten) for group in event.groups
    }
    assert len(asked) == 1
    assert asked & trained == set()


def test_sampled_evaluation_leaves_the_rollouts_as_they_are(home: Path, events: list[Event]) -> None:
    sampled = events_of(home, "sampled", samples=3, temperature=0.9)

    def rewards(found: list[Event]) -> list[tuple[tuple[int, ...], ...]]:
        written = [event for event in found if isinstance(event, RolloutsWritten)]
        return [tuple(group.lengths for group in event.groups) for event in written]

    assert rewards(sampled) == rewards(events)
    last = [event for event in sampled if isinstance(event, EvaluationDone)][-1]
    easy = last.result.score("reasoning", "easy")
    assert easy is not None
    assert (easy.samples, sorted(easy.pass_at)) == (3, ["1", "2", "3"])

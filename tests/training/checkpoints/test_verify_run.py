"""Checking a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.manifest import Facts
from training.checkpoints.store import seal_checkpoint
from training.checkpoints.verify_run import verify_run
from training.contract.errors import ForesightError
from training.contract.events import CheckpointRemoved, Event, Finished, GroupRef, Metrics, RolloutsWritten
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.stream import EventWriter, spool_path

GROUP = GroupRef(
    group=0,
    offset=3,
    length=4,
    document=0,
    byte_start=0,
    entropy=1.0,
    context_tail="",
    truth="",
    rewards=(),
    advantages=(),
    reasons=(),
    lengths=(),
)


def reward(step: int) -> Metrics:
    return Metrics(step=step, values={"reward/mean": 0.5})


def make_run(run_dir: Path, *attempts: list[Event], steps: int = 2) -> Path:
    """A run that was asked for `steps`, with one spool for each list of events."""
    config = parse_experiment({"optimisation": {"steps": steps}})
    (run_dir / "experiment.yaml").write_text(dump_yaml(config))
    for number, events in enumerate(attempts, start=1):
        writer = EventWriter(spool_path(run_dir, number))
        for event in events:
            writer.emit(event)
    return run_dir


def faults(run_dir: Path) -> list[str]:
    return [finding.text for finding in verify_run(run_dir) if not finding.ok]


def test_run_finished_and_whole_has_no_fault(tmp_path: Path) -> None:
    saved = seal_checkpoint(make_checkpoint(tmp_path, 2), 2, Facts(reward=0.5))
    cold = Metrics(step=9, values={"cold_start/loss": 1.0})
    make_run(tmp_path, [cold, reward(1)], [reward(2), saved, Finished(steps_done=2, steps_asked=2)])
    assert [finding.text for finding in verify_run(tmp_path)] == [
        "checkpoint: step_000002 verified, 3 files, 16 bytes",
        "events: events.1.jsonl has 1 to 2 without a gap",
        "events: events.2.jsonl has 1 to 3 without a gap",
        "rollouts: 0 files as their events say",
        "steps: 2 of 2 done",
    ]
    assert faults(tmp_path) == []


def test_run_finished_short_names_the_missing_steps(tmp_path: Path) -> None:
    make_run(tmp_path, [reward(1), reward(4)], steps=8)
    assert faults(tmp_path) == ["steps: 2 of 8 done; no metrics of 2 to 3, 5 to 8"]


def test_run_claiming_other_steps_than_it_shows_is_a_fault(tmp_path: Path) -> None:
    make_run(tmp_path, [reward(1), reward(2), Finished(steps_done=1, steps_asked=2)])
    assert faults(tmp_path) == ["steps: 2 of 2 done; the run itself claims 1"]


def test_run_with_a_gap_in_its_events_names_it(tmp_path: Path) -> None:
    make_run(tmp_path, [reward(1), reward(2), reward(2)])
    spool = spool_path(tmp_path, 1)
    lines = spool.read_bytes().splitlines(keepends=True)
    spool.write_bytes(lines[0] + lines[2])
    assert faults(tmp_path)[0] == "events: events.1.jsonl has 3 where 2 belongs"


def test_run_with_a_damaged_event_names_the_place(tmp_path: Path) -> None:
    make_run(tmp_path, [reward(1), reward(2)])
    spool = spool_path(tmp_path, 1)
    spool.write_bytes(spool.read_bytes() + b"{}\n")
    assert faults(tmp_path)[0].startswith("events: events.1.jsonl has a damaged line")


def test_run_with_a_damaged_or_lost_checkpoint_names_it(tmp_path: Path) -> None:
    events = [seal_checkpoint(make_checkpoint(tmp_path, step), step) for step in (1, 2)]
    lost = events[0].model_copy(update={"path": "checkpoints/step_000009"})
    pruned = events[0].model_copy(update={"path": "checkpoints/step_000008"})
    removed = CheckpointRemoved(step=8, path="checkpoints/step_000008")
    make_run(tmp_path, [reward(1), reward(2), *events, lost, pruned, removed])
    (tmp_path / "checkpoints/step_000002/model/config.json").write_text("[]")
    assert faults(tmp_path) == [
        "checkpoint: step_000002 is damaged: model/config.json has changed.",
        "checkpoint: checkpoints/step_000009 was saved and is missing",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"1234567", []),
        (b"123456", ["rollouts: rollouts/step_000001.zst is shorter than its events say"]),
        (None, ["rollouts: rollouts/step_000001.zst is missing"]),
    ],
)
def test_run_with_rollouts_cut_short_names_the_file(
    tmp_path: Path, content: bytes | None, expected: list[str]
) -> None:
    written = RolloutsWritten(step=1, file="rollouts/step_000001.zst", groups=(GROUP,))
    make_run(tmp_path, [reward(1), reward(2), written])
    (tmp_path / "rollouts").mkdir()
    if content is not None:
        (tmp_path / "rollouts/step_000001.zst").write_bytes(content)
    assert faults(tmp_path) == expected


def test_folder_that_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ForesightError, match="no run"):
        verify_run(tmp_path)

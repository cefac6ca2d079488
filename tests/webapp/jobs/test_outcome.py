"""Where a job goes after its trainer has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.contract.events import Event, Failed, Finished, LogLine, ScanFinished
from training.contract.stream import EventWriter
from webapp.jobs.outcome import back_off, judge, last_events, tail_lines

DONE = Finished(steps_done=30, steps_asked=30)
SCANNED = ScanFinished(file="p.parquet", documents=1, positions=2, kept=1, tokens_per_second=10.0)


@pytest.mark.parametrize(
    ("exit_code", "events", "failures", "state"),
    [
        (0, [DONE], 1, "succeeded"),
        (0, [SCANNED], 1, "succeeded"),
        (0, [Finished(steps_done=3, steps_asked=30)], 1, "finished_short"),
        (1, [DONE], 1, "queued"),
        (0, [], 1, "queued"),
        (-9, [], 3, "queued"),
        (-9, [], 4, "failed"),
        (1, [Failed(message="no", retryable=False)], 1, "failed"),
        (1, [Failed(message="no", retryable=True)], 1, "queued"),
        (2, [], 1, "failed"),
    ],
)
def test_judge_exit_and_events_give_the_state(
    exit_code: int, events: list[Event], failures: int, state: str
) -> None:
    assert judge(exit_code, events, [], failures=failures, max_restarts=3).state == state


@pytest.mark.parametrize(
    ("exit_code", "log", "message"),
    [
        (-9, [], "The trainer was ended by SIGKILL."),
        (7, [], "The trainer stopped with exit code 7."),
        (0, [], "The trainer stopped without saying that it had finished."),
        (2, ["warning", "error: There is no corpus."], "There is no corpus."),
    ],
)
def test_judge_trainer_that_said_nothing_is_described(exit_code: int, log: list[str], message: str) -> None:
    outcome = judge(exit_code, [], log, failures=9, max_restarts=3)
    assert (outcome.error["message"], outcome.error["log"]) == (message, log)


def test_back_off_doubles_up_to_a_minute() -> None:
    assert [back_off(failures) for failures in (1, 2, 3, 6, 50)] == [2.0, 4.0, 8.0, 60.0, 60.0]


def test_last_events_leave_out_what_is_no_event(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.1.jsonl")
    writer.emit(LogLine(text="a"))
    with open(writer.path, "ab") as file:
        file.write(b"torn\n")
    assert last_events(writer.path) == [LogLine(text="a")]


def test_tail_lines_gives_the_last_ones(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a\nb\nc\n")
    assert tail_lines(tmp_path / "log", 2) == ["b", "c"]
    assert tail_lines(tmp_path / "none", 2) == []

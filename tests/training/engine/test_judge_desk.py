"""The trainer's view of the judge: waiting is told and no standstill, a step's verdicts have their metrics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.contract.errors import ForesightError
from training.contract.events import Event, LogLine
from training.contract.metrics import CATALOGUE
from training.engine.judge_desk import JudgeDesk, judge_metrics
from training.engine.judge_server import JudgeCounts, JudgeState
from training.judging.down import JudgeDown

QUIET = JudgeState(given=0, waiting=0, retries=0, last_retry="", failure=None)


class FakeAnswers:
    """A judge that does what a test says."""

    def __init__(self) -> None:
        self.now: JudgeState | None = QUIET
        self.asked = 0

    def state(self) -> JudgeState | None:
        self.asked += 1
        return self.now

    def state_now(self) -> JudgeState:
        assert self.now is not None
        return self.now

    def take(self) -> JudgeCounts:
        return JudgeCounts(asked=4, cached=1, seconds=6.0, retries=2, busy=2.5)


class Desk:
    """A desk with its clock, and what it told."""

    def __init__(self) -> None:
        self.time = 0.0
        self.answers = FakeAnswers()
        self.told: list[Event] = []
        self.progress = 0
        self.desk = JudgeDesk(self.answers, self.told.append, self._progressed, lambda: self.time)

    def _progressed(self) -> None:
        self.progress += 1

    def look(self, at: float, **state: object) -> None:
        self.time = at
        self.answers.now = replace(self.answers.now or QUIET, **state)  # type: ignore[arg-type]
        self.desk.look()


def test_verdicts_and_requests_made_again_are_progress_and_waiting_alone_is_none() -> None:
    made = Desk()
    for at, state in enumerate([{"given": 1}, {}, {"retries": 1}, {"waiting": 9}, {"retries": 2}]):
        made.look(5.0 * at, **state)
    assert made.progress == 3


def test_judge_is_asked_how_it_does_every_few_seconds() -> None:
    made = Desk()
    for at in (0.0, 1.0, 4.9, 5.0, 6.0, 10.0):
        made.look(at)
    assert made.answers.asked == 3


def test_judge_that_has_not_said_yet_is_asked_again_at_the_next_look() -> None:
    made = Desk()
    made.answers.now = None
    made.desk.look()
    made.look(0.1, given=1)
    assert (made.answers.asked, made.progress) == (2, 1)


def test_waiting_is_told_at_most_once_a_minute() -> None:
    made = Desk()
    reason = "The judge does not answer (connection refused); asked again in 4.0 s, retry 3 of 5."
    for second in range(0, 130, 5):
        made.look(second, retries=second + 1, waiting=12, last_retry=reason)
    texts = [event.text for event in made.told if isinstance(event, LogLine) and event.level == "warning"]
    assert len(texts) == len(made.told) == 3
    assert texts[0] == f"{reason} 12 pairs wait for a verdict; 1 request was repeated so far."
    assert texts[1] == f"{reason} 12 pairs wait for a verdict; 61 requests were repeated so far."


def test_judge_that_answers_again_is_told_of_no_more() -> None:
    made = Desk()
    made.look(0.0, retries=1)
    made.look(90.0, given=5)
    assert len(made.told) == 1


def test_failure_is_the_judges_own_error() -> None:
    made, down = Desk(), JudgeDown(3, "timeout")
    made.look(0.0, failure=down)
    assert made.desk.failure() is down


def test_missing_verdicts_without_a_reason_can_be_tried_again() -> None:
    error = Desk().desk.failure()
    assert isinstance(error, ForesightError)
    assert (error.field, error.retryable) == ("judge", True)


def test_counts_become_metrics_of_the_catalogue() -> None:
    found = Desk().desk.take()
    assert found == {
        "judge/asked": 4.0,
        "judge/cached": 0.25,
        "judge/seconds": 2.0,
        "judge/retries": 2.0,
        "time/judge": 2.5,
    }
    assert set(found) <= set(CATALOGUE)


@pytest.mark.parametrize(("asked", "cached"), [(0, 0), (3, 3)])
def test_time_of_no_new_verdict_is_not_measured(asked: int, cached: int) -> None:
    found = judge_metrics(JudgeCounts(asked=asked, cached=cached))
    assert found["judge/seconds"] is None
    assert found["judge/cached"] == (1.0 if asked else None)

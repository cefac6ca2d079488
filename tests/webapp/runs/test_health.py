"""The state a run is shown in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.jobs.models import Job
from webapp.runs.health import shown_state, stalled_after
from webapp.runs.models import Run
from webapp.runs.sparkline import sparkline

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def run(state: str = "running", quiet: float = 0.0, pace: float | None = None, desired: str = "run") -> Any:
    job = Job(state=state, desired=desired, started=NOW - timedelta(hours=1))
    return Run(job=job, last_event=NOW - timedelta(seconds=quiet), seconds_per_step=pace)


@pytest.mark.parametrize(("quiet", "state"), [(180, "running"), (181, "stalled")])
def test_run_is_stalled_after_three_minutes_without_news(quiet: float, state: str) -> None:
    assert shown_state(run(quiet=quiet), NOW) == state


def test_slow_run_is_given_ten_of_its_steps() -> None:
    assert stalled_after(run(pace=60.0)) == 600.0
    assert shown_state(run(quiet=599, pace=60.0), NOW) == "running"


def test_run_without_any_event_is_judged_by_its_start() -> None:
    found = run()
    found.last_event = None
    assert shown_state(found, NOW) == "stalled"


@pytest.mark.parametrize("state", ["queued", "failed", "succeeded", "finished_short", "cancelled"])
def test_run_that_is_not_at_work_is_never_stalled(state: str) -> None:
    assert shown_state(run(state, quiet=9999), NOW) == state


def test_cancelling_is_shown_until_the_job_has_ended() -> None:
    assert shown_state(run(desired="cancel"), NOW) == "cancelling"
    assert shown_state(run("cancelled", desired="cancel"), NOW) == "cancelled"


def test_sparkline_spans_its_box_with_the_lowest_at_the_bottom() -> None:
    assert sparkline([0.0, 1.0, 0.5]) == "2.0,26.0 60.0,2.0 118.0,14.0"


def test_flat_sparkline_lies_in_the_middle() -> None:
    assert sparkline([3.0, 3.0]) == "2.0,14.0 118.0,14.0"


def test_sparkline_of_one_value_is_none() -> None:
    assert sparkline([1.0]) == ""

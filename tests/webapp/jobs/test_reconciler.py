"""What the reconciler decides, for every kind of row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.jobs import processes
from webapp.jobs.machine import machine_name
from webapp.jobs.models import Job
from webapp.jobs.reconciler import Action, Reconciler, Row, Sight, decide, row_of, sight_of
from webapp.jobs.services.create import create_job

NOW = datetime(2030, 1, 1, tzinfo=UTC)
OVER = Row("running", "run", NOW - timedelta(seconds=1), failures=1, max_restarts=3, same_boot=True)
HELD = replace(OVER, lease_until=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("row", "sight", "watched", "action"),
    [
        (HELD, Sight.ALIVE, False, Action.NOTHING),
        (HELD, Sight.GONE, True, Action.NOTHING),
        (replace(HELD, desired="cancel"), Sight.ALIVE, False, Action.NOTHING),
        (OVER, Sight.GONE, False, Action.RETRY),
        (OVER, Sight.ALIVE, False, Action.WATCH),
        (OVER, Sight.UNKNOWN, False, Action.WATCH),
        (OVER, Sight.ALIVE, True, Action.RETRY),
        (OVER, Sight.UNKNOWN, True, Action.RETRY),
        (replace(OVER, desired="cancel"), Sight.GONE, False, Action.CANCEL),
        (replace(OVER, failures=3), Sight.GONE, False, Action.RETRY),
        (replace(OVER, failures=4), Sight.GONE, False, Action.FAIL),
        (replace(OVER, failures=4, same_boot=False), Sight.GONE, False, Action.RETRY),
        (replace(OVER, state="starting"), Sight.GONE, False, Action.RETRY),
        (replace(OVER, state="queued", lease_until=None), Sight.UNKNOWN, False, Action.NOTHING),
        (replace(OVER, state="queued", desired="cancel"), Sight.UNKNOWN, False, Action.CANCEL),
    ],
)
def test_decide(row: Row, sight: Sight, watched: bool, action: Action) -> None:
    assert decide(row, sight, watched, NOW) is action


@pytest.fixture
def job(user: Any, home: Any) -> Job:
    job = create_job("run", user, "runs/{job}", ["run"])
    Job.objects.filter(pk=job.pk).update(
        state="running",
        attempt=1,
        host=machine_name(),
        boot_id=processes.boot_id(),
        pid=2**22 + 1,  # above the largest process number
        pid_started=1.0,
        lease_until=NOW - timedelta(days=9999),
    )
    job.refresh_from_db()
    return job


def test_look_dead_runner_is_queued_again_after_a_back_off(job: Job) -> None:
    Reconciler(launches=False).look()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.restarts, job.failures, job.pid) == ("queued", 1, 1, 1, None)
    assert job.not_before is not None and job.error["message"].startswith("The process that ran this job")


def test_look_after_a_reboot_counts_no_failure(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(boot_id="another boot", failures=3)
    job.refresh_from_db()
    assert (sight_of(job), row_of(job).same_boot) == (Sight.GONE, False)
    Reconciler(launches=False).look()
    job.refresh_from_db()
    assert (job.state, job.restarts, job.failures) == ("queued", 1, 3)


def test_look_cancelled_job_without_a_runner_ends(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(desired="cancel")
    Reconciler(launches=False).look()
    job.refresh_from_db()
    assert job.state == "cancelled" and job.finished is not None


def test_sight_of_another_machine_is_unknown(job: Job) -> None:
    job.host = "elsewhere"
    assert sight_of(job) is Sight.UNKNOWN

"""How an attempt runs and ends, with a fake trainer in real processes."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.webapp.jobs.conftest import on_disk, state_of, stored, wait_for
from webapp.jobs.models import Job
from webapp.jobs.processes import start_time
from webapp.jobs.reconciler import Reconciler
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.create import job_folder
from webapp.jobs.services.launch import launch
from webapp.jobs.services.resume import resume

MakeJob = Callable[..., Job]


def reconcile_until_ended(job: Job) -> str:
    reconciler = Reconciler()

    def look() -> bool:
        reconciler.look()
        job.refresh_from_db()
        return job.ended

    wait_for(look, 40)
    return str(job.state)


def test_runner_trainer_finishes_job_succeeds_with_every_event(make_job: MakeJob) -> None:
    job = make_job("--steps", "4")
    assert launch(job.pk, 1) is True
    wait_for(lambda: state_of(job) == "succeeded")
    assert stored(job) == on_disk(job) == [(1, seq) for seq in range(1, 9)]
    assert (job.attempt, job.restarts, job.error, job.lease_until, job.pid) == (1, 0, {}, None, None)
    assert job.started is not None and job.finished is not None and job.started < job.finished


def test_runner_trainer_crashes_next_attempt_resumes_from_checkpoint(make_job: MakeJob) -> None:
    job = make_job("--steps", "6", "--crash-at", "5")
    launch(job.pk, 1)
    assert reconcile_until_ended(job) == "succeeded"
    assert (job.attempt, job.restarts, job.failures) == (2, 1, 1)
    assert stored(job) == on_disk(job)
    resumed = job.events.filter(type="resumed").get()
    assert (resumed.attempt, resumed.payload["step"]) == (2, 4)


def test_runner_trainer_always_crashes_job_fails_with_its_last_lines(make_job: MakeJob) -> None:
    job = make_job("--crash-at", "1", "--crashes", "9")
    Job.objects.filter(pk=job.pk).update(max_restarts=1)
    launch(job.pk, 1)
    assert reconcile_until_ended(job) == "failed"
    assert (job.attempt, job.restarts) == (2, 1)
    assert job.error["message"] == "The trainer stopped with exit code 1."
    assert job.error["log"] == ["Traceback: out of luck"]


def test_runner_permanent_failure_is_not_tried_again(make_job: MakeJob) -> None:
    job = make_job("--fail", "There is no such corpus.")
    launch(job.pk, 1)
    wait_for(lambda: state_of(job) == "failed")
    assert job.attempt == 1
    assert job.error == {
        "message": "There is no such corpus.",
        "field": "data.corpus",
        "remedy": "Name another.",
        "retryable": False,
        "log": [],
    }


def test_runner_fewer_steps_than_asked_finishes_short_and_can_be_resumed(make_job: MakeJob) -> None:
    job = make_job("--steps", "4", "--short", "3")
    launch(job.pk, 1)
    wait_for(lambda: state_of(job) == "finished_short")
    assert job.error["message"] == "The trainer stopped after 3 of 4 steps."
    assert resume(job) is True
    assert (job.state, job.attempt, job.error) == ("queued", 1, {})


def test_cancel_ends_the_whole_tree_also_children_that_left_the_session(make_job: MakeJob) -> None:
    job = make_job("--steps", "9999", "--children", "--deaf")
    launch(job.pk, 1)
    pids = wait_for(lambda: (job_folder(job) / "pids.json").exists() and stored(job))
    pids = json.loads((job_folder(job) / "pids.json").read_text())
    assert all(start_time(pid) is not None for pid in pids)
    assert request_cancel(job) is True
    wait_for(lambda: state_of(job) == "cancelled", 15)
    assert [pid for pid in pids if start_time(pid) is not None] == []
    assert stored(job) == on_disk(job)


def test_crash_leaves_no_child_behind(make_job: MakeJob) -> None:
    job = make_job("--children", "--crash-at", "2", "--crashes", "9")
    Job.objects.filter(pk=job.pk).update(max_restarts=0)
    launch(job.pk, 1)
    wait_for(lambda: state_of(job) == "failed")
    pids = json.loads((job_folder(job) / "pids.json").read_text())
    assert [pid for pid in pids if start_time(pid) is not None] == []

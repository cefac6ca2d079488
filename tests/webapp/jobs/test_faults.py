"""A job survives the death, or the standstill, of any of its processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable

from django.conf import settings

from tests.webapp.jobs.conftest import on_disk, state_of, stored, wait_for
from webapp.jobs.models import Job
from webapp.jobs.processes import cookie_holders, is_alive, start_time
from webapp.jobs.reconciler import Reconciler
from webapp.jobs.services.create import job_folder
from webapp.jobs.services.launch import launch

MakeJob = Callable[..., Job]
STEPS = ("--steps", "60", "--pace", "0.05")


def start(job: Job) -> None:
    assert launch(job.pk, job.attempt + 1)
    wait_for(lambda: state_of(job) == "running" and len(stored(job)) > 6)


def reconcile_until(condition: Callable[[], bool], seconds: float = 40) -> None:
    reconciler = Reconciler()

    def look() -> bool:
        reconciler.look()
        return condition()

    wait_for(look, seconds)


def assert_whole(job: Job) -> None:
    """Every event once and in order, every step there, never two trainers."""
    assert stored(job) == on_disk(job)
    steps = job.events.filter(type="metrics").values_list("payload__step", flat=True)
    assert sorted(set(steps)) == list(range(1, 61))
    assert not (job_folder(job) / "two_at_once").exists()


def trainer_pid(job: Job) -> int:
    return min(cookie_holders(job.cookie))


def test_killed_runner_takes_its_trainer_along_and_the_job_goes_on(make_job: MakeJob) -> None:
    job = make_job(*STEPS)
    start(job)
    trainer = trainer_pid(job)
    os.kill(job.pid or 0, signal.SIGKILL)
    wait_for(lambda: start_time(trainer) is None, 3)
    reconcile_until(lambda: state_of(job) == "succeeded")
    assert (job.attempt, job.restarts) == (2, 1)
    assert_whole(job)


def test_killed_trainer_is_started_again(make_job: MakeJob) -> None:
    job = make_job(*STEPS)
    start(job)
    os.kill(trainer_pid(job), signal.SIGKILL)
    reconcile_until(lambda: state_of(job) == "succeeded")
    assert (job.attempt, job.restarts) == (2, 1)
    assert_whole(job)


def test_terminated_runner_releases_the_job_without_a_failure(make_job: MakeJob) -> None:
    job = make_job(*STEPS)
    start(job)
    runner, started = job.pid or 0, job.pid_started or 0.0
    os.kill(runner, signal.SIGTERM)
    wait_for(lambda: state_of(job) == "queued", 5)
    assert (job.attempt, job.restarts, job.failures, job.not_before, job.error) == (1, 0, 0, None, {})
    wait_for(lambda: not is_alive(runner, started), 5)
    assert cookie_holders(job.cookie) == {}
    reconcile_until(lambda: state_of(job) == "succeeded")
    assert (job.attempt, job.restarts) == (2, 0)
    assert_whole(job)


def test_runner_stopped_past_its_lease_is_replaced_and_writes_nothing(make_job: MakeJob) -> None:
    job = make_job(*STEPS)
    start(job)
    runner, started = job.pid or 0, job.pid_started or 0.0
    os.kill(runner, signal.SIGSTOP)
    reconcile_until(lambda: state_of(job) == "running" and job.attempt == 2)
    assert not is_alive(runner, started)
    reconcile_until(lambda: state_of(job) == "succeeded")
    assert_whole(job)


def test_runner_that_lost_its_lease_ends_its_trainer_and_leaves_the_row_alone(make_job: MakeJob) -> None:
    job = make_job(*STEPS)
    start(job)
    runner, started = job.pid or 0, job.pid_started or 0.0
    Job.objects.filter(pk=job.pk).update(attempt=7)  # as if another machine had taken the job over
    wait_for(lambda: not is_alive(runner, started), 10)
    before = stored(job)
    assert (state_of(job), job.attempt, job.error) == ("running", 7, {})
    assert cookie_holders(job.cookie) == {}
    time.sleep(0.5)
    assert stored(job) == before


def test_locked_database_does_not_stop_training(make_job: MakeJob) -> None:
    job = make_job(*STEPS)
    start(job)
    blocker = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    time.sleep(5)  # longer than the lease
    blocker.execute("ROLLBACK")
    blocker.close()
    reconcile_until(lambda: state_of(job) == "succeeded")
    assert (job.attempt, job.restarts) == (1, 0)
    assert_whole(job)


def test_one_launch_asked_for_five_times_is_one_start(make_job: MakeJob) -> None:
    from django.db import connection

    job = make_job("--steps", "1")
    barrier = threading.Barrier(5)
    won: list[bool] = []

    def ask() -> None:
        barrier.wait()
        won.append(launch(job.pk, 1))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 4 + [True]
    wait_for(lambda: state_of(job) == "succeeded")
    assert job.attempt == 1


def test_second_job_waits_until_the_slot_is_free(make_job: MakeJob) -> None:
    first, second = make_job(*STEPS), make_job("--steps", "1")
    assert launch(second.pk, 1) is False  # it is not its turn
    start(first)
    assert launch(second.pk, 1) is False
    reconcile_until(lambda: state_of(second) == "succeeded")
    assert state_of(first) == "succeeded"
    assert first.finished and second.started and first.finished <= second.started

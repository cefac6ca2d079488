"""The transition table, and that of several who change a job one wins."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from webapp.jobs.models import Job, State
from webapp.jobs.services.create import create_job
from webapp.jobs.transitions import ALLOWED, transition


@pytest.fixture
def job(user: Any, home: Any) -> Job:
    return create_job("run", user, "runs/{job}", ["run"])


def test_table_every_state_has_a_row() -> None:
    assert set(ALLOWED) == set(State)


def test_table_a_success_is_final() -> None:
    assert ALLOWED[State.SUCCEEDED] == frozenset()


def test_transition_from_the_state_seen_sets_state_and_fields(job: Job) -> None:
    assert transition(job.pk, 0, (State.QUEUED,), State.STARTING, attempt=1, cookie="c") is True
    job.refresh_from_db()
    assert (job.state, job.attempt, job.cookie) == ("starting", 1, "c")


def test_transition_from_another_state_changes_nothing(job: Job) -> None:
    assert transition(job.pk, 0, (State.STARTING,), State.RUNNING, cookie="c") is False
    job.refresh_from_db()
    assert (job.state, job.cookie) == ("queued", "")


def test_transition_of_an_old_attempt_changes_nothing(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(attempt=2)
    assert transition(job.pk, 1, (State.QUEUED,), State.STARTING) is False


def test_transition_condition_that_does_not_hold_changes_nothing(job: Job) -> None:
    assert transition(job.pk, 0, (State.QUEUED,), State.STARTING, where=Q(desired="cancel")) is False


def test_transition_not_in_the_table_is_an_error(job: Job) -> None:
    with pytest.raises(ValueError, match="from succeeded to queued"):
        transition(job.pk, 0, (State.SUCCEEDED,), State.QUEUED)


@pytest.mark.django_db(transaction=True)
def test_transition_eight_at_once_one_wins(job: Job) -> None:
    barrier = threading.Barrier(8)
    won: list[bool] = []

    def claim() -> None:
        barrier.wait()
        won.append(transition(job.pk, 0, (State.QUEUED,), State.STARTING, attempt=1))
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]

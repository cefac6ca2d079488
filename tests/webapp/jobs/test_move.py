"""Moving queued jobs: who may move which, what the claim makes of it, and what stays where it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.webapp.jobs.conftest import state_of, wait_for
from training.contract.errors import ForesightError
from webapp.jobs.models import Job, State
from webapp.jobs.queue import ahead_of
from webapp.jobs.services.launch import due_jobs, launch
from webapp.jobs.services.move import move_job

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
MakeJob = Callable[..., Job]


def waiting(owner: Any, minute: int, kind: str = "run") -> Job:
    job: Job = Job.objects.create(kind=kind, owner=owner, folder="", created=NINE + timedelta(minutes=minute))
    return job


def line() -> list[int]:
    return list(Job.objects.filter(state=State.QUEUED).in_line().values_list("pk", flat=True))


def test_job_moved_first_is_claimed_before_those_that_came_earlier(make_job: MakeJob) -> None:
    early, late = make_job("--steps", "1"), make_job("--steps", "1")
    assert due_jobs() == [early.pk]
    assert move_job(late, "first") is True
    assert due_jobs() == [late.pk]
    assert (launch(early.pk, 1), launch(late.pk, 1)) == (False, True)
    wait_for(lambda: state_of(late) == "succeeded")
    assert launch(early.pk, 1) is True
    wait_for(lambda: state_of(early) == "succeeded")


def test_job_moves_among_all_and_the_others_keep_their_order(user: Any) -> None:
    one, two, three, four = (waiting(user, minute).pk for minute in range(4))
    assert move_job(Job.objects.get(pk=four), "first")
    assert line() == [four, one, two, three]
    assert move_job(Job.objects.get(pk=four), "down")
    assert move_job(Job.objects.get(pk=three), "up")
    assert line() == [one, four, three, two]


def test_person_moves_among_their_own_places_alone(user: Any, other_user: Any) -> None:
    mine, theirs, mine_too, theirs_too = (
        waiting(owner, minute) for minute, owner in enumerate((user, other_user, user, other_user))
    )
    assert move_job(mine_too, "first", user)
    assert line() == [mine_too.pk, theirs.pk, mine.pk, theirs_too.pk]
    assert move_job(theirs, "first", user) is False  # not theirs to move, whoever asks for it
    assert line() == [mine_too.pk, theirs.pk, mine.pk, theirs_too.pk]


def test_jobs_made_at_one_moment_change_places(user: Any) -> None:
    one, two, three = (waiting(user, 0) for _ in range(3))
    assert move_job(three, "up", user)
    assert line() == [one.pk, three.pk, two.pk]
    assert move_job(two, "first", user)
    assert line() == [two.pk, one.pk, three.pk]


def test_job_that_stands_there_already_or_runs_is_not_moved(user: Any) -> None:
    first, last = waiting(user, 0), waiting(user, 1)
    assert [move_job(first, "up"), move_job(first, "first"), move_job(last, "down")] == [False] * 3
    Job.objects.filter(pk=first.pk).update(state=State.RUNNING)
    assert move_job(first, "down", user) is False
    assert list(Job.objects.values_list("turn", flat=True)) == [None, None]


def test_unknown_way_is_refused_by_name(user: Any) -> None:
    with pytest.raises(ForesightError, match="cannot be moved 'away'") as refused:
        move_job(waiting(user, 0), "away", user)
    assert (refused.value.field, refused.value.remedy) == ("to", "Choose first, up or down.")


def test_session_of_try_it_stands_in_a_line_of_its_own(user: Any) -> None:
    run, session = waiting(user, 0), waiting(user, 1, kind="try")
    assert move_job(session, "first", user) is False
    assert due_jobs() == [run.pk, session.pk]


def test_new_job_goes_behind_those_that_were_moved(user: Any) -> None:
    one, two = waiting(user, 0), waiting(user, 1)
    move_job(two, "first", user)
    three = waiting(user, 2)
    assert line() == [two.pk, one.pk, three.pk]
    found = ahead_of(Job.objects.get(pk=one.pk))
    assert found is not None and found.jobs == 1
    assert ahead_of(Job.objects.get(pk=two.pk)) is None

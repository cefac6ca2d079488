"""Move a queued job: among all that share its slots, or among the places of one account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from training.contract.errors import ForesightError
from webapp.jobs.models import Job, State
from webapp.jobs.registry import kinds_beside

WAYS = ("first", "up", "down")
_TICK = timedelta(microseconds=1)


def move_job(job: Job, to: str, among: Any = None) -> bool:
    """Let a queued job change places with others that wait.

    The places stay and the jobs change them, so that whoever is not moved keeps the place it has.

    Args:
        job: the job.
        to: one of WAYS; `first` is before all the others.
        among: the account whose jobs alone change places; None: all that wait.

    Returns:
        False when it does not wait any more, or stands there already.

    Raises:
        ForesightError: field `to`, for another word.
    """
    if to not in WAYS:
        raise ForesightError(f"A job cannot be moved {to!r}.", field="to", remedy="Choose first, up or down.")
    with transaction.atomic():
        line = list(_movable(job, among).select_for_update())
        here = next((place for place, one in enumerate(line) if one.pk == job.pk), None)
        if here is None:
            return False
        there = {"first": 0, "up": max(here - 1, 0), "down": min(here + 1, len(line) - 1)}[to]
        if there == here:
            return False
        places = list(_rising(one.place for one in line))
        line.insert(there, line.pop(here))
        for one, place in zip(line, places, strict=True):
            if one.place != place:
                Job.objects.filter(pk=one.pk).update(turn=place)
    return True


def _movable(job: Job, among: Any) -> Any:
    """The queued jobs that change places with this one, in their order."""
    waiting = Job.objects.filter(state=State.QUEUED, kind__in=kinds_beside(job.kind)).in_line()
    return waiting if among is None else waiting.owned_by(among)


def _rising(places: Iterable[datetime]) -> Iterator[datetime]:
    """The places, none like the one before: of two jobs made at one moment each has its own."""
    last: datetime | None = None
    for place in places:
        last = place if last is None or place > last else last + _TICK
        yield last

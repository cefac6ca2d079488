"""Who stands before a queued job: what its page says while it waits. Reads only, starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.jobs.models import ACTIVE, Job, State
from webapp.jobs.registry import KINDS, kinds_beside, snapshot_of

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Ahead:
    """The jobs that go before a queued one. Of another person's nothing is told but that it is there."""

    jobs: int
    kind: str  # of the first of them
    name: str  # the first of them in words; "" for another person's
    url: str  # its page; "" for another person's, or one that is gone
    seconds_left: float | None  # of the first, to the minute; None while nobody can say


def ahead_of(job: Job) -> Ahead | None:
    """Who goes before the job; None for one that does not wait, or whose turn it is."""
    if job.state != State.QUEUED:
        return None
    place = job.turn or job.created
    earlier = Q(place__lt=place) | Q(place=place, pk__lt=job.pk)
    at_work = Q(state__in=[State.STARTING, State.RUNNING])
    beside = Job.objects.filter(state__in=ACTIVE, kind__in=kinds_beside(job.kind)).exclude(pk=job.pk)
    found = list(beside.in_line().filter(earlier | at_work))
    if not found:
        return None
    first = next((one for one in found if one.state != State.QUEUED), found[0])
    name, url = name_of(first) if first.owner_id == job.owner_id else ("", "")
    return Ahead(len(found), first.kind, name, url, _to_the_minute(seconds_left(first)))


def name_of(job: Job) -> tuple[str, str]:
    """What a job is called on other pages than its own, and where that leads; its owner alone may be told."""
    named = KINDS[job.kind].named
    try:
        row = getattr(job, named.row)
    except ObjectDoesNotExist:
        return _("a job whose page is gone"), ""
    return str(named.words).format(row=row), reverse(named.page, args=_arguments(row, named.by))


def _arguments(row: Any, by: str) -> list[Any]:
    return [getattr(row, by)] if by else []


def seconds_left(job: Job) -> float | None:
    """How long a job at work still takes, None where nobody can say.

    As its kind says; else at the pace so far, where what is counted is the whole job and no stage of it.
    """
    if job.state != State.RUNNING:
        return None
    shown = snapshot_of(job.kind)(job) or {}
    if "eta_seconds" in shown:
        seconds: float | None = shown["eta_seconds"]
        return seconds
    done, total = shown.get("done", 0), shown.get("total", 0)
    if not done or "stage" in shown or job.started is None:
        return None
    return (timezone.now() - job.started).total_seconds() * (total - done) / done


def _to_the_minute(seconds: float | None) -> float | None:
    """Whole minutes, at least one: open pages are told of a change, and not of every second."""
    return None if seconds is None else max(MINUTE, MINUTE * round(seconds / MINUTE))

"""The machines that do jobs, as far as jobs and their events tell: nothing is asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q

from webapp.jobs.machine import machine_name
from webapp.jobs.models import Job, State
from webapp.jobs.registry import kinds_beside
from webapp.runs.models import MetricPoint, Run

LATELY = timedelta(days=1)
_AT_WORK = Q(state__in=(State.STARTING, State.RUNNING))


@dataclass(frozen=True, slots=True)
class Use:
    """How busy a machine was at the newest step of its newest run. Shares of 1; None: not reported."""

    time: datetime | None = None
    cpu: float | None = None
    memory: float | None = None
    gpu: float | None = None
    gpu_memory: float | None = None
    disk_free: float | None = None  # GiB


@dataclass(frozen=True, slots=True)
class Machine:
    """One that does jobs, or did within the last day."""

    name: str
    at_work: int  # jobs that hold its slots
    slots: int | None  # that it has; None for another than this one, which does not say
    short: int  # sessions of Try it, which have slots of their own
    heartbeat: datetime | None  # the last sign of life of a job on it
    use: Use


def machines(now: datetime) -> tuple[Machine, ...]:
    """By name; a machine without a job at work that ended more than LATELY ago is left out."""
    own, lately = Q(kind__in=kinds_beside("run")), _lately(now)
    rows = (
        Job.objects.filter(lately)
        .exclude(host="")
        .values("host")
        .annotate(
            at_work=Count("pk", filter=_AT_WORK & own),
            short=Count("pk", filter=_AT_WORK & ~own),
            lease=Max("lease_until", filter=Q(state=State.RUNNING)),
            ended=Max("finished"),
        )
    )
    return tuple(
        Machine(
            row["host"],
            row["at_work"],
            settings.JOB_SLOTS if row["host"] == machine_name() else None,
            row["short"],
            _heartbeat(row["lease"], row["ended"]),
            _use(row["host"], now),
        )
        for row in rows.order_by("host")
    )


def _lately(now: datetime) -> Q:
    return _AT_WORK | Q(finished__gte=now - LATELY)


def _heartbeat(lease: datetime | None, ended: datetime | None) -> datetime | None:
    """A runner renews its lease for a fixed time, so the lease says when it did."""
    renewed = None if lease is None else lease - timedelta(seconds=settings.JOB_LEASE_SECONDS)
    return max((moment for moment in (renewed, ended) if moment is not None), default=None)


def _use(host: str, now: datetime) -> Use:
    jobs = Job.objects.filter(_lately(now), host=host, kind="run")
    run = Run.objects.filter(job__in=jobs, last_event__isnull=False).order_by("-last_event").first()
    if run is None:
        return Use()
    found = {}
    times = []
    for name in ("cpu", "memory", "gpu", "gpu_memory", "disk_free"):
        points = MetricPoint.objects.filter(run=run, key=f"host/{name}").order_by("-step", "-attempt")
        if point := points.first():
            found[name] = point.value
            times.append(point.time)
    return Use(max(times, default=None), **found)

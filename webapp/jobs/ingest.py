"""Ship a spool into the database: events, their projection and the byte offset in one transaction.

The spool file is the record. A batch that was cut short by a crash is read again from the offset
that was committed; events that are there already are left out, so that replay does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max

from training.contract.events import Envelope
from training.contract.stream import read_from, spool_path
from webapp.jobs.models import Job, JobEvent, Spool, State
from webapp.jobs.registry import project_of
from webapp.jobs.services.create import job_folder
from webapp.live.doorbell import ring

logger = logging.getLogger(__name__)

BATCH_EVENTS = 100
"""Small transactions: with SQLite everybody else waits for them."""
HELD = (State.STARTING, State.RUNNING)


class LeaseLost(Exception):
    """The caller no longer speaks for the job: it must write nothing and end."""


def drain(job: Job, attempt: int, holder: int | None, after_batch: Callable[[], None] = lambda: None) -> int:
    """Ship everything that attempt `attempt` has written so far; returns the number of events.

    Args:
        job: the job; its folder and kind are used.
        attempt: whose spool.
        holder: the attempt the caller's lease is for, or None for a job without a runner (queued or ended).
        after_batch: called after each transaction; a long backlog must not outlast the caller's lease.

    Raises:
        LeaseLost: the job has gone on without the caller.
        ValueError: a line of the spool is no event.
        DatabaseError: the database refuses; call again later.
    """
    total = 0
    while (shipped := _ship_batch(job, attempt, holder)) is not None:
        total += shipped
        after_batch()
    if total:
        ring(job.pk)
    return total


def drain_all(job: Job, last: int, holder: int | None) -> int:
    """Ship the spools of the attempts 1 to `last`, oldest first. Raises as `drain`."""
    return sum(drain(job, attempt, holder) for attempt in range(1, last + 1))


def undrained(job: Job) -> bool:
    """Whether a spool holds whole lines or a part of one beyond what has been shipped."""
    offsets = dict(Spool.objects.filter(job=job).values_list("attempt", "offset"))
    folder = job_folder(job)
    for attempt in range(1, job.attempt + 1):
        path = spool_path(folder, attempt)
        if path.exists() and path.stat().st_size > offsets.get(attempt, 0):
            return True
    return False


def _ship_batch(job: Job, attempt: int, holder: int | None) -> int | None:
    """One transaction's worth; None when there is nothing more."""
    known = Spool.objects.filter(job=job, attempt=attempt).values_list("offset", flat=True).first() or 0
    # Parsed before the transaction begins: nobody waits for a file to be read.
    batch = read_from(spool_path(job_folder(job), attempt), known, max_events=BATCH_EVENTS)
    if batch.offset == known:
        return None
    with transaction.atomic():
        _check_holder(job, holder)
        spool, _ = Spool.objects.get_or_create(job=job, attempt=attempt)
        if spool.offset != known:
            return 0  # another copy has shipped it meanwhile: look again
        fresh = _not_stored(job, attempt, batch.events)
        JobEvent.objects.bulk_create(_row(job, attempt, envelope) for envelope in fresh)
        if fresh:
            project_of(job.kind)(job, attempt, fresh)
        spool.offset = batch.offset
        spool.save(update_fields=["offset"])
    return len(fresh)


def _check_holder(job: Job, holder: int | None) -> None:
    state, attempt = Job.objects.select_for_update().values_list("state", "attempt").get(pk=job.pk)
    if holder is None:
        if state in HELD:
            raise LeaseLost(f"job {job.pk} has a runner")
        return
    if attempt != holder or state not in HELD:
        raise LeaseLost(f"job {job.pk} is {state} at attempt {attempt}, not running attempt {holder}")


def _not_stored(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> list[Envelope]:
    rows = JobEvent.objects.filter(job=job, attempt=attempt)
    last: int = rows.aggregate(last=Max("seq"))["last"] or 0
    fresh = [envelope for envelope in envelopes if envelope.seq > last]
    if fresh and fresh[0].seq != last + 1:
        first = fresh[0].seq
        logger.warning(
            "Job %s, attempt %s: event %s follows %s: some are missing", job.pk, attempt, first, last
        )
    return fresh


def _row(job: Job, attempt: int, envelope: Envelope) -> JobEvent:
    return JobEvent(
        job=job,
        attempt=attempt,
        seq=envelope.seq,
        type=envelope.event.type,
        time=datetime.fromtimestamp(envelope.time, UTC),
        payload=envelope.event.model_dump(mode="json"),
    )

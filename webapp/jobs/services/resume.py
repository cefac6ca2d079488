"""Queue an ended job again. The next attempt goes on from the newest verified checkpoint."""

from __future__ import annotations

from django.db import transaction

from webapp.jobs.models import Desired, Job, State
from webapp.jobs.services.hint import send_launch_hint
from webapp.jobs.services.quota import check_quota
from webapp.jobs.transitions import transition
from webapp.live.doorbell import ring

RESUMABLE = (State.FAILED, State.CANCELLED, State.FINISHED_SHORT)


def resume(job: Job) -> bool:
    """Returns False when the job is active, has succeeded, or somebody else has resumed it first.

    Raises ForesightError when its owner has as many jobs as they may have at once.
    """
    with transaction.atomic():
        if job.state in RESUMABLE:
            check_quota(job.kind, job.owner)
        resumed = transition(
            job.pk,
            job.attempt,
            RESUMABLE,
            State.QUEUED,
            desired=Desired.RUN,
            failures=0,
            not_before=None,
            lease_until=None,
            finished=None,
            error={},
        )
    if resumed:
        job.refresh_from_db()
        send_launch_hint(job)
        ring(job.pk)
    return resumed

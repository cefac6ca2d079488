"""Ask a job to end. Its runner sees the wish with its next heartbeat; without a runner it ends here."""

from __future__ import annotations

from django.utils import timezone

from webapp.jobs.models import ACTIVE, Desired, Job, State
from webapp.jobs.transitions import transition
from webapp.live.doorbell import ring


def request_cancel(job: Job) -> bool:
    """Returns False when the job has ended already. Needs no broker."""
    asked = Job.objects.filter(pk=job.pk, state__in=ACTIVE).update(desired=Desired.CANCEL)
    if not asked:
        return False
    job.refresh_from_db()
    # A queued job has no process. Whoever claims it at this moment wins, and its runner then cancels it.
    transition(job.pk, job.attempt, (State.QUEUED,), State.CANCELLED, finished=timezone.now())
    job.refresh_from_db()
    ring(job.pk)
    return True

"""Tell a worker that a job is due. Only a hint: the reconciler launches what nobody was told of."""

from __future__ import annotations

import logging

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from webapp.jobs.models import Job

logger = logging.getLogger(__name__)


def send_launch_hint(job: Job) -> None:
    """Send the launch message once the current transaction is committed. Never fails the request."""
    from webapp.jobs.tasks import launch_job

    job_id, attempt = job.pk, job.attempt + 1

    def send() -> None:
        try:
            launch_job.delay(job_id, attempt)
        except (OperationalError, RedisError, OSError) as error:
            logger.warning("No launch message for job %s (%s); the reconciler will start it.", job_id, error)

    transaction.on_commit(send)

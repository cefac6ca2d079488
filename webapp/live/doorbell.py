"""The doorbell: tells open pages that a job has news. Carries nothing; pages read the database.

A Redis that is away costs a log line at most: pages look every second by themselves.
"""

from __future__ import annotations

import asyncio
import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
SECONDS = 0.5


def group_name(job_id: int) -> str:
    """The channel group of a job's open pages."""
    return f"job.{job_id}"


def ring(job_id: int) -> None:
    """Wake the pages that show this job. Never raises, never takes longer than half a second."""
    try:
        async_to_sync(_ring)(job_id)
    except (RedisError, OSError, TimeoutError) as error:
        logger.debug("No doorbell for job %s: %s", job_id, error)


async def _ring(job_id: int) -> None:
    layer = get_channel_layer()
    await asyncio.wait_for(layer.group_send(group_name(job_id), {"type": "ring"}), SECONDS)

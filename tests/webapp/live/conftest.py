"""A job with events, and sockets to its page."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.live.socket import Socket
from tests.webapp.redis_server import running_redis
from webapp.jobs.models import Job, JobEvent
from webapp.jobs.services.create import create_job

WHEN = datetime(2030, 1, 1, tzinfo=UTC)
Connect = Callable[..., Socket]


@pytest.fixture
def job(transactional_db: None, user: Any, home: Any) -> Job:
    return create_job("run", user, "runs/{job}", ["run"])


def add_events(job: Job, first: int, last: int) -> list[int]:
    """Log events with these numbers; returns their cursors."""
    rows = JobEvent.objects.bulk_create(
        JobEvent(
            job=job, attempt=1, seq=seq, type="log", time=WHEN, payload={"type": "log", "text": str(seq)}
        )
        for seq in range(first, last + 1)
    )
    return [row.pk for row in rows]


@pytest.fixture
def connect(client_signed_in: Client) -> Connect:
    """connect(job_id): a socket as the signed-in browser opens it."""

    def open_socket(
        job_id: int, *, origin: str | None = "http://localhost", signed_in: bool = True
    ) -> Socket:
        from webapp.asgi import application

        headers = [] if origin is None else [(b"origin", origin.encode())]
        if signed_in:
            headers.append((b"cookie", f"sessionid={client_signed_in.cookies['sessionid'].value}".encode()))
        return Socket(application, f"/ws/jobs/{job_id}/", headers)

    return open_socket


@pytest.fixture
def redis_layer(settings: Any) -> Iterator[None]:
    """A real Redis behind the doorbell."""
    folder = Path(tempfile.mkdtemp(prefix="foresight-"))
    with running_redis(folder) as redis:
        backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": [redis.url]}}}
        yield
    shutil.rmtree(folder)

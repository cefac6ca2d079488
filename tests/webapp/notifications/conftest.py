"""A receiver of webhooks on this machine, which the site may reach; and runs that something happens to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.webapp.made_run import MadeRun, make_bare_run
from tests.webapp.notifications.receiver import Receiver, receiver
from webapp.jobs.models import Job
from webapp.notifications.models import Delivery
from webapp.runs.models import Run


@pytest.fixture
def hooks(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    with receiver() as state:
        yield state


@pytest.fixture
def happened(user: Any, home: Any) -> Callable[..., Run]:
    """happened("failed"): a run of `user` in that state, as of now."""

    def make(state: str = "running", name: str = "a run", **fields: Any) -> Run:
        now = timezone.now()
        run = make_bare_run(user, MadeRun(name, state, start=now - timedelta(hours=1)))
        Job.objects.filter(pk=run.job_id, state__in=["failed", "succeeded", "finished_short"]).update(
            finished=now
        )
        Run.objects.filter(pk=run.pk).update(**{"last_event": now, "step": 12, **fields})
        run.refresh_from_db()
        return run

    return make


def due_now() -> None:
    """The time of every delivery that waits has come."""
    Delivery.objects.filter(state="waiting").update(due=timezone.now() - timedelta(seconds=1))

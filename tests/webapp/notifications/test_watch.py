"""What is noticed of runs: each event once for each attempt, however many look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from webapp.jobs.models import Job
from webapp.notifications.models import Delivery, Notification, Wishes
from webapp.notifications.services.webhooks import make_webhook
from webapp.notifications.watch import notice_due
from webapp.runs.models import Run

Happened = Callable[..., Run]


def noticed() -> list[tuple[str, int, str]]:
    rows = Notification.objects.order_by("pk").select_related("run")
    return [(one.run.name, one.attempt, one.event) for one in rows]


@pytest.mark.parametrize(
    ("state", "event"),
    [("succeeded", "finished"), ("failed", "failed"), ("finished_short", "failed")],
)
def test_end_of_a_run_is_noticed_once(happened: Happened, state: str, event: str) -> None:
    happened(state)
    assert notice_due() is False
    notice_due()
    assert noticed() == [("a run", 1, event)]


@pytest.mark.parametrize("state", ["running", "queued", "cancelled"])
def test_what_nobody_needs_to_know_is_not_noticed(happened: Happened, state: str) -> None:
    happened(state)
    notice_due()
    assert noticed() == []


def test_failure_says_why_and_what_to_do(happened: Happened) -> None:
    run = happened("failed")
    Job.objects.filter(pk=run.job_id).update(
        error={"message": "The disk is full.", "remedy": "Free some space."}
    )
    notice_due()
    assert Notification.objects.get().detail == "The disk is full. Free some space."


def test_next_attempt_that_fails_is_noticed_again(happened: Happened) -> None:
    run = happened("failed")
    notice_due()
    Job.objects.filter(pk=run.job_id).update(attempt=2)
    notice_due()
    assert noticed() == [("a run", 1, "failed"), ("a run", 2, "failed")]


def test_silent_run_is_noticed_once_though_it_speaks_between(happened: Happened) -> None:
    run = happened("running")
    notice_due()
    assert noticed() == []
    for quiet in (600, 0, 600):
        Run.objects.filter(pk=run.pk).update(last_event=timezone.now() - timedelta(seconds=quiet))
        notice_due()
    assert noticed() == [("a run", 1, "stalled")]


def test_run_that_turns_unhealthy_is_noticed_with_the_check(happened: Happened) -> None:
    run = happened("running", health="warn")
    notice_due()
    Run.objects.filter(pk=run.pk).update(health="bad", health_note="Policy entropy 0.040 nats per token.")
    notice_due()
    assert noticed() == [("a run", 1, "collapse")]
    assert Notification.objects.get().detail == "Policy entropy 0.040 nats per token."


def test_end_long_ago_is_nobodys_news(happened: Happened) -> None:
    run = happened("failed")
    Job.objects.filter(pk=run.job_id).update(finished=timezone.now() - timedelta(days=3))
    notice_due()
    assert noticed() == []


def test_deliveries_are_those_the_owner_asked_for(happened: Happened, user: Any, hooks: Any) -> None:
    make_webhook(user, hooks.url, ["failed"])
    make_webhook(user, hooks.url, ["finished"])
    Wishes.objects.create(owner=user, page=["finished"], email=["failed"])
    happened("failed")
    notice_due()
    found = [one.webhook.events if one.webhook else "email" for one in Delivery.objects.order_by("pk")]
    assert sorted(map(str, found)) == ["['failed']", "email"]
    assert Notification.objects.get().in_page is False


@pytest.mark.django_db(transaction=True)
def test_two_reconcilers_notice_each_event_once(happened: Happened, user: Any, hooks: Any) -> None:
    make_webhook(user, hooks.url, ["failed"])
    for number in range(6):
        happened("failed", f"run {number}")
    start = threading.Barrier(3)

    def look() -> None:
        start.wait()
        notice_due()
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(noticed()) == [(f"run {number}", 1, "failed") for number in range(6)]
    assert Delivery.objects.exclude(webhook=None).count() == 6

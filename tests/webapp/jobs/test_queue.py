"""What the page of a queued job says of the jobs that go first."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_bare_run
from training.contract.settings.text import PositionsConfig
from webapp.corpora.models import Scan
from webapp.corpora.services.scan import start_scan
from webapp.jobs.models import Job
from webapp.jobs.queue import Ahead, ahead_of
from webapp.jobs.registry import KINDS
from webapp.live.snapshot import job_snapshot
from webapp.runs.models import Run


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    pass


def running(owner: Any, name: str = "first", *, seconds_per_step: float | None = 30.0) -> Run:
    """At step 10 of 30."""
    run = make_bare_run(owner, MadeRun(name, "running"))
    Run.objects.filter(pk=run.pk).update(stage="train", step=10, seconds_per_step=seconds_per_step)
    return run


def queued(owner: Any, name: str) -> Run:
    return make_bare_run(owner, MadeRun(name, "queued", start=timezone.now()))


def words(client: Client, name: str, pk: int) -> str:
    page = client.get(reverse(name, args=[pk])).content.decode()
    return " ".join(html.unescape(re.sub(r"<(?!a )[^>]+>", "", page)).split())


def test_first_of_the_queue_waits_for_nobody(user: Any, client_signed_in: Client) -> None:
    run = queued(user, "alone")
    assert ahead_of(run.job) is None
    assert "It starts within a few seconds." in words(client_signed_in, "run", run.pk)


def test_queued_run_names_the_run_at_work_and_how_long_it_takes(user: Any, client_signed_in: Client) -> None:
    first, _, third = running(user), queued(user, "second"), queued(user, "third")
    url = f"/runs/{first.pk}/"
    assert ahead_of(third.job) == Ahead(2, "run", "run first", url, 600)
    said = words(client_signed_in, "run", third.pk)
    assert f'Waits for <a href="{url}">run first, about 10 min left.' in said
    assert "1 more job stands before this one." in said


def test_run_that_is_queued_itself_is_named_without_a_time(user: Any, client_signed_in: Client) -> None:
    first, second = queued(user, "first"), queued(user, "second")
    assert f'Waits for <a href="/runs/{first.pk}/">run first.' in words(client_signed_in, "run", second.pk)


def test_run_of_another_person_is_told_without_name_or_link(
    user: Any, other_user: Any, client_signed_in: Client
) -> None:
    running(other_user, "secret")
    run = queued(user, "mine")
    assert ahead_of(run.job) == Ahead(1, "run", "", "", 600)
    said = words(client_signed_in, "run", run.pk)
    assert "Waits for another person's run, about 10 min left." in said
    assert "secret" not in said


def test_scan_waits_and_is_waited_for(user: Any, home: Path, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    scan = start_scan(corpus, "smollm2-135m-instruct", PositionsConfig(), 0)
    run = queued(user, "after it")
    job = Job.objects.filter(pk=scan.job_id)
    job.update(state="running", started=timezone.now() - timedelta(minutes=2))
    Scan.objects.update(done=100, total=250)
    said = words(client_signed_in, "run", run.pk)
    assert f'Waits for <a href="{reverse("scan", args=[scan.pk])}">scan of made, about 3 min left.' in said
    job.update(state="queued", created=timezone.now())
    said = words(client_signed_in, "scan", scan.pk)
    assert f'Waits for <a href="/runs/{run.pk}/">run after it.' in said


def test_open_page_is_told_once_a_minute_at_most(user: Any) -> None:
    first, second = running(user, seconds_per_step=1.4), queued(user, "second")
    told = []
    for step in (10, 11, 29):  # 28, 26.6 and 1.4 s are left
        Run.objects.filter(pk=first.pk).update(step=step)
        told.append(job_snapshot(second.job)["waits_for"]["seconds_left"])
    assert told == [60, 60, 60]
    assert (job_snapshot(first.job)["ahead"], job_snapshot(first.job)["waits_for"]) == (0, None)


def test_every_kind_of_job_can_be_named() -> None:
    fields = {field.name for field in Job._meta.get_fields()}
    assert {kind.named.row for kind in KINDS.values()} <= fields
    for kind in KINDS.values():
        assert reverse(kind.named.page, args=[1] if kind.named.by else []).startswith("/")

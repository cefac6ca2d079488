"""Cancel, resume and the demo button."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job
from webapp.runs.models import Run
from webapp.runs.services import demo


@pytest.fixture(autouse=True)
def _no_broker(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOME = tmp_path
    monkeypatch.setattr("webapp.jobs.services.resume.send_launch_hint", lambda job: None)
    monkeypatch.setattr("webapp.runs.services.launch.send_launch_hint", lambda job: None)


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def act(client: Client, run: Run, name: str) -> tuple[str, Job]:
    answer = client.post(reverse(name, args=[run.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == reverse("run", args=[run.pk])
    return said(answer), Job.objects.get(pk=run.job_id)


def test_cancel_of_a_running_run_asks_for_it(client_signed_in: Client, user: Any) -> None:
    words, job = act(client_signed_in, make_bare_run(user), "run-cancel")
    assert (job.state, job.desired) == ("running", "cancel")
    assert "being cancelled" in words


def test_cancel_of_an_ended_run_says_so(client_signed_in: Client, user: Any) -> None:
    words, job = act(client_signed_in, make_bare_run(user, MadeRun(state="succeeded")), "run-cancel")
    assert (job.state, "nothing to cancel" in words) == ("succeeded", True)


def test_resume_of_a_failed_run_queues_it_again(client_signed_in: Client, user: Any) -> None:
    words, job = act(client_signed_in, make_bare_run(user, MadeRun(state="failed")), "run-resume")
    assert (job.state, "queued again" in words) == ("queued", True)


def test_resume_of_a_finished_run_says_why_not(client_signed_in: Client, user: Any) -> None:
    words, job = act(client_signed_in, make_bare_run(user, MadeRun(state="succeeded")), "run-resume")
    assert (job.state, "cannot be resumed" in words) == ("succeeded", True)


@pytest.mark.parametrize("name", ["run-cancel", "run-resume"])
def test_actions_need_a_post(client_signed_in: Client, user: Any, name: str) -> None:
    assert client_signed_in.get(reverse(name, args=[make_bare_run(user).pk])).status_code == 405


def test_demo_button_queues_a_run_of_the_preset(
    client_signed_in: Client, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = Corpus.objects.create(owner=user, name="sample", state="ready")
    monkeypatch.setattr(demo, "ensure_sample", lambda owner: corpus)
    answer = client_signed_in.post(reverse("run-demo"))
    run = Run.objects.get()
    assert answer["Location"] == reverse("run", args=[run.pk])
    assert (run.name, run.steps_asked, run.job.state) == ("demo-cpu", 60, "queued")
    assert run.typed.data.corpus == "sample"

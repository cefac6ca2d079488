"""What the dialogs of cancelling and resuming promise is what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
from webapp.jobs.models import Job
from webapp.runs.actions import WHILE_AT_WORK
from webapp.runs.models import Checkpoint, Run


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    pass


def at(user: Any, step: int, state: str = "running") -> Run:
    run = make_bare_run(user, MadeRun("made", state))
    Run.objects.filter(pk=run.pk).update(step=step)
    return run


def said(client: Client, run: Run) -> str:
    return str(client.get(reverse("run-part", args=[run.pk, "cancel"])).content.decode())


def test_without_a_checkpoint_a_resume_starts_over(user: Any, client_signed_in: Client) -> None:
    run = at(user, 7)
    assert "No checkpoint has been written yet: a resume starts over." in said(client_signed_in, run)
    assert 'id="cancel-words"' in client_signed_in.get(f"/runs/{run.pk}/").content.decode()


def test_newest_checkpoint_is_named_with_the_steps_after_it(user: Any, client_signed_in: Client) -> None:
    run = at(user, 25)
    make_checkpoint(run, 10)
    make_checkpoint(run, 20)
    words = said(client_signed_in, run)
    assert (
        "The newest checkpoint is that of step 20: a resume goes on from there and does the 5 steps" in words
    )
    Run.objects.filter(pk=run.pk).update(step=20)
    assert "that of step 20: a resume goes on from there.</p>" in said(client_signed_in, run)


def test_checkpoint_that_cannot_be_gone_on_from_does_not_count(user: Any, client_signed_in: Client) -> None:
    run = at(user, 25)
    make_checkpoint(run, 20, removed=True)
    row = make_checkpoint(run, 10)
    Checkpoint.objects.filter(pk=row.pk).update(weights_only=True)
    assert "a resume starts over" in said(client_signed_in, run)


def test_run_that_has_not_begun_has_nothing_to_lose(user: Any, client_signed_in: Client) -> None:
    assert "It has not begun: there is nothing to lose." in said(client_signed_in, at(user, 0, "queued"))


def test_resume_says_where_it_goes_on(user: Any, client_signed_in: Client) -> None:
    run = at(user, 25, "failed")
    page = f"/runs/{run.pk}/"
    assert (
        "There is no checkpoint to go on from: it starts over." in client_signed_in.get(page).content.decode()
    )
    make_checkpoint(run, 20)
    assert (
        "It goes on from its newest checkpoint, that of step 20."
        in client_signed_in.get(page).content.decode()
    )


def test_run_that_is_tried_again_says_where_it_goes_on(user: Any, client_signed_in: Client) -> None:
    run = at(user, 25)
    Job.objects.filter(pk=run.job_id).update(state="queued")
    page = f"/runs/{run.pk}/"
    assert (
        "It starts over: no checkpoint has been written yet." in client_signed_in.get(page).content.decode()
    )
    make_checkpoint(run, 20)
    assert "It goes on from the checkpoint of step 20." in client_signed_in.get(page).content.decode()


def test_message_of_a_cancel_goes_with_the_run(user: Any, client_signed_in: Client) -> None:
    running, waiting = at(user, 3), at(user, 0, "queued")
    page = client_signed_in.post(f"/runs/{running.pk}/cancel/", follow=True).content.decode()
    assert f'data-message="{WHILE_AT_WORK}"' in page
    page = client_signed_in.post(f"/runs/{waiting.pk}/cancel/", follow=True).content.decode()
    assert "The run is cancelled. What it has written stays." in page
    assert "data-message" not in page

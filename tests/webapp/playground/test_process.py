"""A question from the page to a tiny model in a real process and back: streamed, judged, stopped, kept warm."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.jobs.conftest import wait_for
from webapp.jobs.machine import machine_name
from webapp.jobs.models import Job, JobEvent
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.launch import launch
from webapp.playground.models import Question, Session
from webapp.playground.services.ask import Asking, ask
from webapp.playground.services.stop import stop
from webapp.playground.subjects import find_subject

pytestmark = pytest.mark.usefixtures("quick")


def asked(user: Any, name: str, **changes: Any) -> Question:
    given = {
        "text": "the name of the list",
        "at": 8,
        "samples": 2,
        "temperature": 1.0,
        "max_tokens": 8,
        "seed": 3,
    }
    question = ask(user, find_subject(user, f"model:{name}"), Asking(**{**given, **changes}))
    if question.session.job.attempt == 0:
        launch(question.session.job_id, 1)
    return question


def answered(question: Question) -> Question:
    def look() -> Question | None:
        found: Question = Question.objects.with_session().get(pk=question.pk)
        return found if found.ended else None

    found: Question = wait_for(look, 90)
    return found


def test_question_is_thought_about_token_by_token_and_judged(user: Any, tiny: str) -> None:
    found = answered(asked(user, tiny))
    assert (found.state, found.right, len(found.answers)) == ("answered", 0, 2)
    assert found.asked["truth"] == " of the list"
    assert found.plain["right"] is (found.plain["token"] == " of")
    assert found.done["tokens"] == sum(answer["tokens"] for answer in found.answers)
    streamed = JobEvent.objects.filter(job=found.session.job, type="try_tokens")
    counts = {part["sample"]: part["tokens"] for event in streamed for part in event.payload["parts"]}
    assert counts == {answer["sample"]: answer["tokens"] for answer in found.answers}
    assert found.session.ready["device"].startswith("CPU")


def test_model_stays_loaded_for_the_next_question_and_for_one_model_at_a_time(user: Any, tiny: str) -> None:
    first = answered(asked(user, tiny))
    second = answered(asked(user, tiny, seed=4))
    assert second.session == first.session
    assert JobEvent.objects.filter(job=first.session.job, type="try_ready").count() == 1
    other = ask(user, find_subject(user, f"model:{tiny}", "v0"), Asking("the name", 8, 1, 0.0, 4, 1))
    assert other.session != first.session
    first.session.job.refresh_from_db()
    assert first.session.job.desired == "cancel"  # it had nothing to answer


def test_stopped_thought_keeps_what_was_said(user: Any, tiny: str) -> None:
    question = asked(user, tiny, max_tokens=460, samples=4)
    job = question.session.job
    wait_for(lambda: JobEvent.objects.filter(job=job, type="try_tokens").exists(), 90)
    assert stop(Question.objects.with_session().get(pk=question.pk))
    found = answered(question)
    assert found.state in {"stopped", "answered"}  # a tiny model may be through before the stop is seen
    assert all(answer["tokens"] > 0 for answer in found.answers)
    assert not stop(found)


def test_refused_question_says_why_and_the_next_one_is_answered(user: Any, tiny: str) -> None:
    refused = answered(asked(user, tiny, at=2))
    assert refused.state == "refused"
    assert refused.error["field"] == "context"
    assert "inside the token 'the'" in refused.error["message"]
    assert answered(asked(user, tiny)).state == "answered"


def test_process_that_ends_leaves_its_question_lost_and_a_new_one_begins(user: Any, tiny: str) -> None:
    question = asked(user, tiny, max_tokens=460, samples=16)
    job = question.session.job
    wait_for(lambda: Job.objects.get(pk=job.pk).state == "running", 30)
    request_cancel(job)
    wait_for(lambda: Job.objects.get(pk=job.pk).ended, 60)
    assert Question.objects.with_session().get(pk=question.pk).state == "lost"
    assert asked(user, tiny).session != question.session


def test_try_does_not_wait_behind_a_training_that_holds_the_only_slot(user: Any, tiny: str) -> None:
    Job.objects.create(
        kind="run", owner=user, folder="runs/x", state="running", attempt=1, host=machine_name()
    )
    question = asked(user, tiny)
    question.session.job.refresh_from_db()
    assert question.session.job.state == "starting"


def test_page_shows_the_answer_with_its_ruler(user: Any, tiny: str, client_signed_in: Client) -> None:
    found = answered(asked(user, tiny))
    page = client_signed_in.get(f"/try/?of=model:{tiny}&question={found.pk}").content.decode()
    assert "0 of 2 right" in page
    assert 'data-state="' in page and 'class="ruler"' in page
    assert "Ask the same of" not in page  # a model without a run has no other weights
    assert Session.objects.count() == 1

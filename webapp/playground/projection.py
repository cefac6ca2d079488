"""Turns the events of a session into its row and its questions, and shows them to open pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from training.contract.events import Envelope, StageChanged
from training.contract.playground_events import (
    TryAnswered,
    TryAsked,
    TryDone,
    TryPlain,
    TryReady,
    TryRefused,
)
from webapp.jobs.models import Job
from webapp.playground.models import Question, Session

_Fields = dict[str, Any]


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Growing thoughts are events alone; what is whole goes into its row."""
    session = Session.objects.filter(job=job).first()
    if session is None:  # it was removed
        return
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, StageChanged) and event.status == "started":
            since = datetime.fromtimestamp(envelope.time, UTC)
            Session.objects.filter(pk=session.pk).update(loading_since=since, ready={})
        elif isinstance(event, TryReady):
            Session.objects.filter(pk=session.pk).update(ready=_fields(event))
        elif isinstance(event, TryAnswered):
            _answered(session, event)
        elif (changes := _changes(event)) is not None:
            session.questions.filter(number=event.question).update(**changes)  # type: ignore[union-attr]


def _changes(event: Any) -> _Fields | None:
    if isinstance(event, TryAsked):  # a later attempt begins anew
        return {"asked": _fields(event), "plain": {}, "answers": [], "done": {}, "error": {}}
    if isinstance(event, TryPlain):
        return {"plain": _fields(event)}
    if isinstance(event, TryDone):
        return {"done": _fields(event)}
    if isinstance(event, TryRefused):
        return {"error": _fields(event)}
    return None


def _answered(session: Session, event: TryAnswered) -> None:
    question = session.questions.filter(number=event.question).first()
    if question is not None:
        others = [answer for answer in question.answers if answer["sample"] != event.sample]
        question.answers = sorted([*others, _fields(event)], key=lambda answer: int(answer["sample"]))
        question.save(update_fields=["answers"])


def _fields(event: Any) -> _Fields:
    found: _Fields = event.model_dump(mode="json", exclude={"type", "question"})
    return found


def snapshot(job: Job) -> dict[str, Any] | None:
    """What open pages show: since when the model is loaded, and how each open question stands."""
    session = Session.objects.filter(job=job).first()
    if session is None:
        return None
    latest = Question.objects.filter(session=session).select_related("session__job")[:10]
    return {
        "loading_since": session.loading_since.isoformat() if session.loading_since else None,
        "ready": session.ready or None,
        "questions": {str(question.number): question.state for question in latest},
    }

"""Puts a question to a model: to the process that has it loaded, or to a new one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from training.contract import playground
from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml
from webapp.corpora.models import Corpus
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.playground.models import TAIL, Question, Session
from webapp.playground.subjects import Subject

CONFIG_FILE = "experiment.yaml"
MOST_WAITING = 8
"""Questions that one session may have before it."""
_FIELDS = {"text": "context"}
"""What the page calls a field of `playground.Question`."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A place of a text, and how the model is asked there."""

    text: str
    at: int  # bytes
    samples: int
    temperature: float
    max_tokens: int
    seed: int
    corpus: Corpus | None = None  # where the text is a document of it
    document: int | None = None


def ask(owner: Any, subject: Subject, asking: Asking) -> Question:
    """Queue a question. The model stays loaded between questions, so that the next one is quick.

    Raises ForesightError naming the field at fault, or where too many questions wait already.
    """
    _check(asking)
    warm = Session.objects.owned_by(owner).active().filter(subject=subject.reference)
    session = warm.filter(config=subject.config.model_dump(mode="json")).order_by("-pk").first()
    if session is not None:
        if session.questions.unanswered().count() >= MOST_WAITING:
            raise ForesightError(
                _("%(count)d questions wait already.") % {"count": MOST_WAITING},
                remedy=_("Stop some, or wait for their answers."),
                retryable=True,
            )
        with transaction.atomic():
            question = _row(session, asking)
            if playground.put_question(_folder(session), _handed_over(question, asking)):
                return question
            question.delete()  # the process has just ended
    give_way(owner)
    with transaction.atomic():
        session = _start(owner, subject)
        question = _row(session, asking)
        playground.put_question(_folder(session), _handed_over(question, asking))
        send_launch_hint(session.job)
    return question


def give_way(owner: Any) -> None:
    """End idle sessions: the owner's own, and others' where a new one would not find a place."""
    for session in Session.objects.idle().owned_by(owner).select_related("job"):
        request_cancel(session.job)
    too_many = Session.objects.active().count() - settings.JOB_SHORT_SLOTS + 1
    if too_many > 0:
        for session in Session.objects.idle().select_related("job").order_by("pk")[:too_many]:
            request_cancel(session.job)


def _check(asking: Asking) -> None:
    try:
        asking.text.encode()
        _question(1, asking)
    except UnicodeEncodeError as error:
        raise ForesightError(
            _("Character %(place)d is half of a surrogate pair, which is no text.") % {"place": error.start},
            field="context",
            remedy=_("Send whole characters."),
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        raise ForesightError(f"{first['msg']}.", field=_FIELDS.get(name, name)) from error
    data = asking.text.encode()
    if asking.at > len(data) or (asking.at < len(data) and data[asking.at] & 0xC0 == 0x80):
        raise ForesightError(
            _("Byte %(at)d is no place between two characters of the text, which has %(bytes)d bytes.")
            % {"at": asking.at, "bytes": len(data)},
            field="at",
            remedy=_("Choose a byte where a character begins."),
        )
    if not asking.at:
        raise ForesightError(
            _("There is no context: the model predicts what follows a text."),
            field="context",
            remedy=_("Type some text, or pick a position."),
        )


def _question(number: int, asking: Asking) -> playground.Question:
    return playground.Question(
        number=number,
        text=asking.text,
        at=asking.at,
        samples=asking.samples,
        temperature=asking.temperature,
        max_tokens=asking.max_tokens,
        seed=asking.seed,
    )


def _handed_over(question: Question, asking: Asking) -> playground.Question:
    return _question(question.number, asking)


def _row(session: Session, asking: Asking) -> Question:
    data = asking.text.encode()
    last = session.questions.order_by("-number").values_list("number", flat=True).first() or 0
    question: Question = Question.objects.create(
        session=session,
        number=last + 1,
        corpus=asking.corpus,
        document=asking.document,
        text="" if asking.document is not None else asking.text,
        at=asking.at,
        place=hashlib.sha256(b"%d " % asking.at + data).hexdigest(),
        tail=data[: asking.at].decode()[-TAIL:],
        truth=data[asking.at :].decode()[:TAIL],
        samples=asking.samples,
        temperature=asking.temperature,
        max_tokens=asking.max_tokens,
        seed=asking.seed,
    )
    return question


def _start(owner: Any, subject: Subject) -> Session:
    arguments = ["try", "--model", subject.model, "--config", f"{{folder}}/{CONFIG_FILE}"]
    arguments += ["--folder", "{folder}", "--events", "{spool}", "--idle", str(settings.TRY_IDLE_SECONDS)]
    job = create_job("try", owner, "tries/{job}", arguments)
    job.max_restarts = 0  # a person waits: the failure is told at once
    job.save(update_fields=["max_restarts"])
    (job_folder(job) / CONFIG_FILE).write_text(dump_yaml(subject.config), encoding="utf-8")
    session: Session = Session.objects.create(
        owner=owner,
        job=job,
        run=subject.run,
        subject=subject.reference,
        label=subject.label,
        config=subject.config.model_dump(mode="json"),
    )
    return session


def _folder(session: Session) -> Path:
    return job_folder(session.job)

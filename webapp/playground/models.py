"""Sessions (one model, kept loaded by a job) and the questions that were put to them."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.corpora.documents import read_document
from webapp.corpora.models import Corpus
from webapp.jobs.models import ACTIVE, Job
from webapp.runs.models import Run

TAIL = 80
"""Characters of a context that a list shows."""


class SessionQuerySet(models.QuerySet["Session"]):
    def owned_by(self, user: Any) -> SessionQuerySet:
        return self.filter(owner=user)

    def active(self) -> SessionQuerySet:
        return self.filter(job__state__in=ACTIVE, job__desired="run")

    def idle(self) -> SessionQuerySet:
        """Those with nothing to answer."""
        open_ones = Question.objects.unanswered().filter(session=models.OuterRef("pk"))
        return self.active().exclude(models.Exists(open_ones))


class Session(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="try_session")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=255)  # see subjects.py
    label = models.CharField(max_length=255)
    config = models.JSONField()  # ExperimentConfig: the prompts, limits and sampling it is asked with
    loading_since = models.DateTimeField(null=True, blank=True)
    ready = models.JSONField(default=dict, blank=True)  # the event TryReady
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = SessionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.label


class QuestionQuerySet(models.QuerySet["Question"]):
    def owned_by(self, user: Any) -> QuestionQuerySet:
        return self.filter(session__owner=user)

    def with_session(self) -> QuestionQuerySet:
        return self.select_related(
            "session__job", "session__run__experiment__corpus", "session__run__job", "corpus"
        )

    def unanswered(self) -> QuestionQuerySet:
        return self.filter(done={}, error={})

    def of_subject(self, subject: str) -> QuestionQuerySet:
        return self.filter(session__subject=subject)

    def same_place_as(self, question: Question) -> QuestionQuerySet:
        """Other questions at the very same context with the same truth."""
        return self.filter(place=question.place).exclude(pk=question.pk)


class Question(models.Model):
    """One context, how it was asked, and what came back. Results are the events' own fields."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()  # within the session
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    document = models.PositiveIntegerField(null=True, blank=True)  # of the corpus; None: the text was typed
    text = models.TextField(blank=True)  # typed: the context and its continuation
    at = models.PositiveBigIntegerField()  # where the continuation begins, bytes
    place = models.CharField(max_length=64, db_index=True)  # names text and place
    tail = models.CharField(max_length=TAIL)  # the end of the context
    truth = models.CharField(max_length=TAIL, blank=True)  # the start of what was given as its continuation
    samples = models.PositiveSmallIntegerField()
    temperature = models.FloatField()
    max_tokens = models.PositiveIntegerField()
    seed = models.PositiveIntegerField()
    asked = models.JSONField(default=dict, blank=True)  # TryAsked
    plain = models.JSONField(default=dict, blank=True)  # TryPlain
    answers = models.JSONField(default=list, blank=True)  # of TryAnswered, by sample
    done = models.JSONField(default=dict, blank=True)  # TryDone
    error = models.JSONField(default=dict, blank=True)  # TryRefused: message, field, remedy
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = QuestionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["session", "number"], name="question_once")]

    def __str__(self) -> str:
        return f"{self.session.label}: …{self.tail[-24:]}"

    @property
    def state(self) -> str:
        """waiting, thinking, answered, stopped, refused, or lost: its process ended before it had answered."""
        if self.error:
            return "refused"
        if self.done:
            return "stopped" if self.done["stopped"] else "answered"
        if self.session.job.ended:
            return "lost"
        return "thinking" if self.asked else "waiting"

    @property
    def ended(self) -> bool:
        return self.state not in {"waiting", "thinking"}

    @property
    def right(self) -> int | None:
        """Right responses; None where nothing was judged."""
        found = [answer["right"] for answer in self.answers]
        return sum(map(bool, found)) if found and None not in found else None

    @property
    def plain_token(self) -> bytes:
        return base64.b64decode(self.plain["token_base64"]) if self.plain else b""

    def whole_text(self) -> str | None:
        """The text it asks about; None where its document is not there any more."""
        if self.document is None or self.corpus is None:
            return self.text
        found = read_document(self.corpus, self.document)
        return found.text if found else None

    @property
    def speed(self) -> float | None:
        """Tokens a second, all responses together."""
        seconds = self.done.get("seconds")
        return self.done["tokens"] / seconds if seconds else None

    @property
    def predictions(self) -> list[str | None]:
        """Of each response, readable; None where it has none."""
        found = [answer["prediction_base64"] for answer in self.answers]
        return [
            one if one is None else base64.b64decode(one).decode("utf-8", "backslashreplace") for one in found
        ]

    @property
    def posted(self) -> dict[str, object]:
        """What asks the very same again of another model: the seed too."""
        data = self.text.encode()
        fields: dict[str, object] = {"samples": self.samples, "temperature": self.temperature}
        fields |= {"max_tokens": self.max_tokens, "seed": self.seed}
        if self.document is not None:
            return {**fields, "document": self.document, "at": self.at}
        return {**fields, "context": data[: self.at].decode(), "truth": data[self.at :].decode()}

"""Questions to a model, and the positions one can ask about, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.playground import MOST_CHARACTERS, MOST_SAMPLES, MOST_TOKENS
from training.contract.playground_events import TryPlain
from training.contract.task_places import Place
from webapp.api.schemas.common import JobState, PageQuery, job_state
from webapp.playground.models import Question
from webapp.playground.page import result_view


class NewTry(Schema):
    """A context, typed or a position of the run's corpus, and how the model is asked there."""

    of: str = Field(
        max_length=255, description="Whom: `run:12/step:15`, `run:12/base` (before training), `model:NAME`."
    )
    context: str = Field(
        "", max_length=MOST_CHARACTERS, description="A text to go on from; the problem in RLVR."
    )
    truth: str = Field(
        "", max_length=MOST_CHARACTERS, description="How it really goes on, to be judged against."
    )
    document: int | None = Field(
        None, ge=0, description="In place of a text: a document of the run's corpus."
    )
    at: int = Field(0, ge=0, description="Where in the document the context ends, in bytes.")
    samples: int = Field(4, ge=1, le=MOST_SAMPLES, description="Responses.")
    temperature: float | None = Field(
        None, ge=0, le=5, description="0: the most likely token. As the run by default."
    )
    max_tokens: int | None = Field(
        None, ge=1, le=MOST_TOKENS, description="Limit of a response. As the run by default."
    )
    seed: int | None = Field(
        None, ge=0, lt=2**31, description="The same one gives the same responses. Any by default."
    )
    template: str = Field("", max_length=40, description="Of a model without a run: v0 to v6 or short.")


class TryQuery(PageQuery):
    of: str = Field("", max_length=255, description="Only questions to this one.")


class TryEventQuery(Schema):
    after: int = Field(0, ge=0, lt=2**63, description="The cursor of the last answer.")


class PlaceQuery(PageQuery):
    what: Literal["trained", "held_out"] = Field(
        "trained", description="What the run trains on, in the order of training, or holds out."
    )


class PlaceOut(Schema):
    """A position that a model can be asked at: of a document, or with its text."""

    kind: str = Field(description="token, segment or problem.")
    document: int
    document_name: str
    byte_start: int
    entropy: float | None = Field(description="Nats, of the scan.")
    context: str
    truth: str


class ResponseOut(Schema):
    """One response, judged where the truth is known."""

    sample: int
    thought: str
    answer: str
    tokens: int
    truncated: bool
    stopped: bool
    prediction: str | None = Field(description="Readable; null: none in the expected form.")
    reason: str
    right: bool | None
    miss: str = Field(description="The class on the prefix ruler, for next tokens whose truth is known.")


class TryOut(Schema):
    """A question to a model."""

    id: int
    of: str
    label: str
    state: str = Field(description="waiting, thinking, answered, stopped, refused or lost.")
    context_end: str = Field(description="The last characters of the context.")
    truth_start: str
    samples: int
    temperature: float
    max_tokens: int
    seed: int
    right: int | None = Field(description="Right responses; null where nothing was judged.")
    created: datetime


class TryDetail(TryOut):
    """A question with what came back. While it is thought about, follow its events."""

    job: JobState
    prompt: str = Field(description="Exactly what the model was given; empty until it begins.")
    truth: str = Field(description="Up to the horizon.")
    boundaries: list[int] = Field(description="Cumulative byte lengths of the truth's own tokens.")
    plain: TryPlain | None = Field(description="The plain argmax of the same weights, without a thought.")
    responses: list[ResponseOut]
    seconds: float | None
    tokens: int | None
    device: str
    error: str = Field(description="Why it could not be asked; empty for nothing.")
    remedy: str


class TryEvents(Schema):
    """Events of a question after a cursor: `try_tokens` is what the responses have grown by."""

    cursor: int
    state: str
    ended: bool
    events: list[dict[str, Any]]


def place_out(place: Place) -> PlaceOut:
    names = PlaceOut.model_fields
    return PlaceOut(**{name: getattr(place, name) for name in names})


def try_out(question: Question) -> TryOut:
    return TryOut(**_fields(question))


def try_detail(question: Question) -> TryDetail:
    asked, done, error = question.asked, question.done, question.error
    return TryDetail(
        **_fields(question),
        job=job_state(question.session.job),
        prompt=asked.get("prompt", ""),
        truth=asked.get("truth", ""),
        boundaries=asked.get("boundaries", []),
        plain=TryPlain(question=question.number, **question.plain) if question.plain else None,
        responses=[
            ResponseOut(
                **{name: answer.fields[name] for name in _ANSWER},
                prediction=answer.row.text if answer.row.prediction is not None else None,
                miss=answer.row.ruler.kind.key if answer.row.ruler else "",
            )
            for answer in result_view(question).answers
        ],
        seconds=done.get("seconds"),
        tokens=done.get("tokens"),
        device=question.session.ready.get("device", ""),
        error=error.get("message", ""),
        remedy=error.get("remedy", ""),
    )


_ANSWER = ("sample", "thought", "answer", "tokens", "truncated", "stopped", "reason", "right")


def _fields(question: Question) -> dict[str, Any]:
    return {
        "id": question.pk,
        "of": question.session.subject,
        "label": question.session.label,
        "state": question.state,
        "context_end": question.tail,
        "truth_start": question.truth,
        "samples": question.samples,
        "temperature": question.temperature,
        "max_tokens": question.max_tokens,
        "seed": question.seed,
        "right": question.right,
        "created": question.created,
    }

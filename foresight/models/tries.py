"""Questions to a model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState


class PlaceOut(Record):
    """A position that a model can be asked at."""

    kind: str
    document: int
    document_name: str
    byte_start: int
    entropy: float | None
    context: str
    truth: str


class ResponseOut(Record):
    """One response, judged where the truth is known."""

    sample: int
    thought: str
    answer: str
    tokens: int
    truncated: bool
    stopped: bool
    prediction: str | None
    reason: str
    right: bool | None
    miss: str


class TryOut(Record):
    """A question to a model."""

    id: int
    of: str
    label: str
    state: str  # waiting, thinking, answered, stopped, refused or lost
    context_end: str
    truth_start: str
    samples: int
    temperature: float
    max_tokens: int
    seed: int
    right: int | None
    created: datetime


class TryDetail(TryOut):
    job: JobState
    prompt: str
    truth: str
    boundaries: tuple[int, ...]
    plain: dict[str, Any] | None
    responses: tuple[ResponseOut, ...]
    seconds: float | None
    tokens: int | None
    device: str
    error: str
    remedy: str


class TryEvents(Record):
    """Events of a question after a cursor."""

    cursor: int
    state: str
    ended: bool
    events: tuple[dict[str, Any], ...]

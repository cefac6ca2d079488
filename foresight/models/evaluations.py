"""Models on held-out positions, segments, problems and questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState, Progress


class EvaluationOut(Record):
    """One model on one set of held-out positions."""

    id: int
    label: str
    model: str
    run: int | None
    step: int
    attempt: int
    finished: bool
    positions: str
    parameters: int
    created: datetime
    job: JobState | None
    progress: Progress
    scores: tuple[dict[str, Any], ...]


class Evaluations(Record):
    pending: tuple[EvaluationOut, ...]
    sets: tuple[dict[str, Any], ...]


class TaskEvaluationOut(Record):
    """One model on one set of tasks. `result` is None until it is done."""

    id: int
    label: str
    what: str  # segments, answers or choices
    source: str
    tasks: str
    model: str
    run: int | None
    step: int
    attempt: int
    created: datetime
    job: JobState | None
    progress: Progress
    result: dict[str, Any] | None


class TaskSetOut(Record):
    what: str
    tasks: str
    source: str
    count: int
    alike: bool
    evaluations: tuple[TaskEvaluationOut, ...]


class TaskEvaluations(Record):
    pending: tuple[TaskEvaluationOut, ...]
    sets: tuple[TaskSetOut, ...]


class TaskResponseOut(Record):
    prediction: str | None
    reason: str
    right: bool
    length: int
    truncated: bool
    response: str


class BesideOut(Record):
    """How often another model solved a task; None where it was not asked."""

    evaluation: int
    right: int | None
    samples: int | None


class TaskAnswerOut(Record):
    """One task, asked in one way, with every response."""

    row: int
    kind: str
    identity: str
    document: int
    document_name: str
    asked: str
    truth: str
    samples: int
    right: int
    responses: tuple[TaskResponseOut, ...]
    beside: tuple[BesideOut, ...]

"""Evaluations on tasks, as the API shows them: their results, and task by task."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.task_result import TaskScore
from webapp.api.schemas.common import JobState, PageQuery, Progress, job_state
from webapp.api.schemas.evaluations import ScalingOut
from webapp.evaluations.answers_page import ShownTask
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.task_sets import TaskSet


class NewTaskEvaluation(Schema):
    """A model or a checkpoint to evaluate on all rows of a corpus. Name one of the two."""

    what: Literal["answers", "choices"] = Field(
        description="`answers`: problems with an answer; `choices`: multiple-choice questions."
    )
    model: str = Field("", max_length=200, description="A model's name: see `GET /api/models`.")
    checkpoint: str = Field("", max_length=40, description="A checkpoint's reference, `run:12/step:15`.")
    corpus: int | None = Field(
        None, description="One of your corpora of rows; of problems null is the built-in arithmetic."
    )
    samples: int = Field(8, description="Responses to each task, 1 to 1024.")
    temperature: float = Field(0.6, description="0 takes the most likely token; then samples has to be 1.")
    top_p: float = 0.95
    max_tokens: int = Field(2048, description="Of one response.")
    k: list[int] | None = Field(
        None, max_length=20, description="Which Pass@k; 1 and the number of samples where it is left out."
    )
    instruction: Literal["boxed", "short"] = "boxed"
    think: bool = Field(True, description="Whether a thought is opened for the model.")
    mode: Literal["letter", "reasoning", "both"] = Field(
        "letter", description="Of questions: the likeliest letter, a letter after a thought, or both."
    )
    problem_field: str = Field("problem", description="Of a row of problems.")
    question_field: str = Field("question", description="Of a row of questions.")
    choices_field: str = Field("choices", description="Of a row of questions.")
    answer_field: str = "answer"


class AnswersQuery(PageQuery):
    """Which tasks of an evaluation, and which other evaluations are laid beside it."""

    show: Literal["", "never", "sometimes", "always"] = Field(
        "", description="Only tasks that were solved so often; all where it is left out."
    )
    beside: list[int] = Field(
        [], alias="with", max_length=5, description="Other evaluations of the same set, at most five."
    )


class TaskResultOut(Schema):
    """What was found, and how it was asked."""

    parameters: int
    weights_sha256: str = Field(description="Empty for weights that lie in no file.")
    rule: str = Field(description="Who says what is right: math-verify, letter, prefix.")
    prompt: str
    temperature: float
    top_p: float
    max_response_tokens: int
    seconds: float
    scores: list[TaskScore]


class TaskEvaluationOut(Schema):
    """One model on one set of tasks."""

    id: int
    label: str
    what: str = Field(description="segments, answers or choices.")
    source: str = Field(description="What people call the set.")
    tasks: str = Field(
        description="Names the set; empty until it is done. Only results with one name compare."
    )
    model: str
    run: int | None = Field(description="The run that made it, or whose checkpoint was measured.")
    step: int = Field(description="GRPO steps the weights have seen.")
    attempt: int = Field(description="Of the run that made it; 0: a job of its own.")
    created: datetime
    job: JobState | None = Field(description="Null for one that a run made on its way.")
    progress: Progress
    result: TaskResultOut | None = Field(description="Null until it is done.")


class TaskSetOut(Schema):
    """Evaluations on one set of tasks; of a run its first and its newest."""

    what: str
    tasks: str
    source: str
    count: int = Field(description="Tasks of each kind, at most.")
    alike: bool = Field(description="All were asked in the same way.")
    evaluations: list[TaskEvaluationOut]


class TaskEvaluations(Schema):
    """Jobs without a result, and results set by set, those with the newest first."""

    pending: list[TaskEvaluationOut]
    sets: list[TaskSetOut]


class RunTaskEvaluations(Schema):
    """What a run measured on tasks on its way."""

    evaluations: list[TaskEvaluationOut] = Field(description="By rising step.")
    scaling: list[ScalingOut]


class TaskResponseOut(Schema):
    """One response to a task."""

    prediction: str | None = Field(description="Null: no answer in its form.")
    reason: str = Field(description="`match`, or why it is not right.")
    right: bool
    length: int = Field(description="Tokens, the end token counted.")
    truncated: bool = Field(description="Stopped by the token limit.")
    response: str


class BesideOut(Schema):
    """How often another model solved the task; null where it was not asked."""

    evaluation: int
    right: int | None
    samples: int | None


class TaskAnswerOut(Schema):
    """One task, asked in one way, with every response."""

    row: int
    kind: str = Field(description="asr, msr, problem, letter or reasoning.")
    identity: str = Field(description="Names the task, whatever model is asked.")
    document: int
    document_name: str
    asked: str
    truth: str
    samples: int
    right: int = Field(description="Right responses, of `samples`.")
    responses: list[TaskResponseOut]
    beside: list[BesideOut]


def task_evaluation_out(found: TaskEvaluation) -> TaskEvaluationOut:
    names = ("label", "what", "source", "tasks", "model", "step", "attempt", "created")
    return TaskEvaluationOut(
        **{name: getattr(found, name) for name in names},
        id=found.pk,
        run=found.run_id,
        job=job_state(found.job) if found.job else None,
        progress=Progress(done=found.done, total=found.total, unit=found.unit),
        result=TaskResultOut.model_validate(found.typed, from_attributes=True) if found.tasks else None,
    )


def task_set_out(found: TaskSet) -> TaskSetOut:
    return TaskSetOut(
        what=found.what,
        tasks=found.key,
        source=found.source,
        count=found.tasks,
        alike=found.alike,
        evaluations=[task_evaluation_out(row.evaluation) for row in found.rows],
    )


def task_answer_out(found: ShownTask) -> TaskAnswerOut:
    names = ("row", "kind", "identity", "document", "document_name", "asked", "truth", "samples", "right")
    return TaskAnswerOut(
        **{name: getattr(found.row, name) for name in names},
        responses=[TaskResponseOut.model_validate(one, from_attributes=True) for one in found.answers],
        beside=[_beside(other, counts) for other, counts in found.beside],
    )


def form_data(body: NewTaskEvaluation, corpus: int | None) -> dict[str, Any]:
    """What the form of the page is given: one place checks both."""
    ks = [1, body.samples] if body.k is None else body.k
    return {**body.model_dump(exclude={"what", "k"}), "corpus": corpus, "k": ",".join(map(str, ks))}


def _beside(other: TaskEvaluation, counts: tuple[int, int] | None) -> BesideOut:
    right, samples = counts or (None, None)
    return BesideOut(evaluation=other.pk, right=right, samples=samples)

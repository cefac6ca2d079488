"""Evaluations, as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ninja import Schema
from pydantic import Field

from training.contract.evaluation_result import SplitScore
from webapp.api.schemas.common import JobState, Progress, job_state
from webapp.evaluations.models import Evaluation
from webapp.evaluations.scaling import SplitScaling
from webapp.evaluations.sets import EvaluationSet


class NewEvaluation(Schema):
    """A model to evaluate on the positions that a run holds out."""

    run: int
    model: str = Field(max_length=200, description="A model's name: see `GET /api/models`.")


class EvaluationOut(Schema):
    """One model on one set of held-out positions."""

    id: int
    label: str
    model: str
    run: int | None = Field(description="The run that made it, or whose checkpoint was measured.")
    step: int = Field(description="GRPO steps the weights have seen.")
    attempt: int = Field(description="Of the run that made it; 0: a job of its own.")
    finished: bool
    positions: str = Field(description="Names the set of positions: only results with one name compare.")
    parameters: int
    weights_sha256: str
    reference: str = Field(description="The model whose entropy makes the splits.")
    temperature: float
    prompt: str
    max_response_tokens: int
    seconds: float
    created: datetime
    job: JobState | None = Field(description="Null for one that a run made on its way.")
    progress: Progress
    scores: list[SplitScore]


class Fit(Schema):
    """The law P(C) = a / C^alpha + limit, C in units of `unit` FLOPs; intervals are of 95 %."""

    a: float
    alpha: float
    limit: float
    r2: float
    unit: float
    a_interval: tuple[float, float]
    alpha_interval: tuple[float, float]
    limit_interval: tuple[float, float]
    alpha_open: bool = Field(description="The points do not tell alpha.")
    points: int


class ScalingOut(Schema):
    """Accuracy after a thought against compute, for one split."""

    split: str
    points: tuple[tuple[float, float], ...] = Field(description="(FLOPs, accuracy), by rising compute.")
    fit: Fit | None = Field(description="Null: too few points, or they do not vary.")


class PatternOut(Schema):
    """Share of responses that show a reasoning pattern, at step 0 and now."""

    name: str
    keywords: str
    base: float
    now: float
    change: float | None = Field(description="Relative; null: step 0 shows none.")


class RunEvaluations(Schema):
    """What a run measured on its way."""

    evaluations: list[EvaluationOut] = Field(description="By rising step.")
    patterns: list[PatternOut]
    scaling: list[ScalingOut]


class SetOut(Schema):
    """Evaluations on one set of positions; of a run its first and its newest."""

    positions: str
    count: int = Field(description="Positions in the set.")
    alike: bool = Field(description="All were asked in the same way.")
    evaluations: list[EvaluationOut]
    scaling: list[ScalingOut]


class Evaluations(Schema):
    """Jobs without a result, and results set by set, those with the newest first."""

    pending: list[EvaluationOut]
    sets: list[SetOut]


def evaluation_out(found: Evaluation) -> EvaluationOut:
    names = ("label", "model", "step", "attempt", "positions", "parameters", "weights_sha256", "reference")
    more = ("temperature", "prompt", "max_response_tokens", "seconds", "created")
    return EvaluationOut(
        **{name: getattr(found, name) for name in (*names, *more)},
        id=found.pk,
        run=found.run_id,
        finished=bool(found.positions),
        job=job_state(found.job) if found.job else None,
        progress=Progress(done=found.done, total=found.total, unit=found.unit),
        scores=[SplitScore.model_validate(score, from_attributes=True) for score in found.scores.all()],
    )


def scaling_out(laws: Iterable[SplitScaling]) -> list[ScalingOut]:
    return [
        ScalingOut(split=one.split, points=one.points, fit=Fit.model_validate(one.fit) if one.fit else None)
        for one in laws
        if one.points
    ]


def set_out(found: EvaluationSet) -> SetOut:
    return SetOut(
        positions=found.key,
        count=found.positions,
        alike=found.alike,
        evaluations=[evaluation_out(row.evaluation) for row in found.rows],
        scaling=scaling_out(found.scaling),
    )

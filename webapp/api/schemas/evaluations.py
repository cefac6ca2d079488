"""Evaluations, as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import isfinite

from ninja import Schema
from pydantic import Field

from training.contract.evaluation_result import SplitScore
from training.contract.scaling import Form, ScalingFit
from webapp.api.schemas.common import JobState, Progress, job_state
from webapp.evaluations.models import Evaluation
from webapp.evaluations.scaling import Law, Scaling, Spent
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


class LawQuery(Schema):
    """Which scaling law is fitted, and against what."""

    law: Form = Field("power", description="`power`: A / x^alpha + P*; `exponential`: a exp(b x^c).")
    against: Spent = Field("compute", description="x: compute in FLOPs, or training tokens.")


class ParameterOut(Schema):
    """One fitted number with its 95 % interval; null where an end of it is infinite."""

    name: str
    value: float
    interval: tuple[float | None, float | None]
    open: bool = Field(description="The points do not tell it.")


class FitOut(Schema):
    """A fitted law; inside it x is divided by `unit`."""

    form: Form
    parameters: list[ParameterOut]
    r2: float
    unit: float
    points: int


class ScalingOut(Schema):
    """A measure against what was spent: of an evaluation, the accuracy of one split after a thought."""

    name: str
    points: tuple[tuple[float, float], ...] = Field(description="(x, measure), by rising x.")
    fit: FitOut | None = Field(description="Null: too few points, or they do not vary.")


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


def scaling_out(laws: Iterable[Scaling]) -> list[ScalingOut]:
    return [
        ScalingOut(name=one.name, points=one.points, fit=_fit(one.fit) if one.fit else None)
        for one in laws
        if one.points
    ]


def set_out(found: EvaluationSet, law: Law) -> SetOut:
    return SetOut(
        positions=found.key,
        count=found.positions,
        alike=found.alike,
        evaluations=[evaluation_out(row.evaluation) for row in found.rows],
        scaling=scaling_out(found.scaling(law)),
    )


def law_of(query: LawQuery) -> Law:
    return Law(query.law, query.against)


def _fit(found: ScalingFit) -> FitOut:
    parameters = [
        ParameterOut(name=one.name, value=one.value, interval=_finite(one.interval), open=one.open)
        for one in found.parameters
    ]
    return FitOut(form=found.form, parameters=parameters, r2=found.r2, unit=found.unit, points=found.points)


def _finite(interval: tuple[float, float]) -> tuple[float | None, float | None]:
    """JSON knows no infinity."""
    low, high = interval
    return (low if isfinite(low) else None, high if isfinite(high) else None)

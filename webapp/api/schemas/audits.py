"""Judges of runs, samples of what they judged, and runs judged again, as the API shows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.rejudge_result import CALLS, RejudgeResult
from webapp.api.schemas.common import JobState, Progress, job_state
from webapp.audits.figures import AuditFigures, Raters, judges_agreement
from webapp.audits.models import AuditAnswer, AuditPair, Rejudging
from webapp.audits.verdicts import Verdicts
from webapp.runs.models import Run

CallName = Literal["right", "wrong", "malformed"]
AnswerName = Literal["right", "wrong", "skipped"]


class LengthVerdicts(Schema):
    label: str = Field(description="Lengths of the predictions, in characters.")
    right: int
    wrong: int
    malformed: int


class JudgeOut(Schema):
    """The judge of a run and what it said of the predictions."""

    judge: dict[str, Any] = Field(description="Settings of the section `judge`.")
    rule: str
    judged: int
    counts: dict[str, int] = Field(description="right, wrong and malformed, over the whole run.")
    lengths: list[LengthVerdicts] = Field(description="Of the groups that were read.")
    groups: int = Field(description="Groups that were read: all of a small run, some of a large one.")
    of_groups: int = Field(description="Groups with a judged prediction.")


class RatersOut(Schema):
    """How far two who judged the same pairs agree."""

    one: str
    other: str
    table: list[list[int]] = Field(description="Rows: right and wrong of `one`; columns: of `other`.")
    pairs: int = Field(description="That both judged.")
    observed: float | None = Field(description="The share of them that both call the same.")
    kappa: float | None = Field(description="Cohen's, of the sample.")
    low: float | None = Field(description="Where its 95 % interval begins.")
    high: float | None
    whole: float | None = Field(
        description="As it would be over all judged pairs of the run; null: not known."
    )


class NewAudit(Schema):
    size: Literal[20, 40, 100] = 20


class AuditOut(Schema):
    """A sample of a run's judged pairs, and how far you and the judge agree on it."""

    id: int
    run: int
    number: int
    judged: int = Field(description="Judged pairs it was drawn from.")
    pairs: int
    answered: int = Field(description="By you, skipped ones too.")
    skipped: int
    with_judge: RatersOut
    others: list[RatersOut] = Field(description="Other people and the judge, and every two people.")
    created: datetime


class InvitationOut(Schema):
    """What lets another person judge a sample."""

    audit: int
    invitation: str = Field(description="A secret: who has it and an account can join.")
    url: str = Field(description="Opens the sample in a browser.")


class Joining(Schema):
    invitation: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="The secret at the end of the link.")


class PairOut(Schema):
    """A judged pair, without what the judge said."""

    place: int = Field(description="In the sample, from 0.")
    kind: str = Field(description="asr or msr.")
    rule: str
    context: str = Field(description="Its end.")
    following: str = Field(description="The segment after the gap, of msr.")
    reference: str
    predicted: str


class NextPair(Schema):
    pair: PairOut | None = Field(description="null: you have answered all.")
    left: int


class NewAnswer(Schema):
    place: int = Field(ge=0, lt=2**31, description="Of the pair in the sample.")
    answer: AnswerName


class AnsweredPair(PairOut):
    """A pair you answered, with what the judge said."""

    step: int
    group: int
    sample: int
    call: CallName = Field(description="The judge's.")
    reply: str
    judge: str
    answer: AnswerName = Field(description="Yours. The first one stays: take it back to answer again.")


class NewRejudging(Schema):
    """Who judges, and under which rule."""

    rule: Literal["prefix", "strict"]
    kind: Literal["run", "local", "endpoint", "deterministic_for_tests"] = Field(
        "run",
        description="run: the judge of the run itself, with its own settings in the place of those below.",
    )
    model: str = Field("", max_length=200)
    url: str = Field("", max_length=500, description="Of an endpoint.")
    key_variable: str = Field("", max_length=200, description="Of an endpoint: the variable of its key.")
    max_reply_tokens: int | None = Field(None, description="null: as the run.")


class RejudgingOut(Schema):
    """A run that is judged again."""

    id: int
    run: int
    rule: str
    judge: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class RejudgingDetail(RejudgingOut):
    result: RejudgeResult | None = Field(description="What it changes.")
    judges: RatersOut | None = Field(description="The judge before and the one now.")


def judge_out(run: Run, verdicts: Verdicts) -> JudgeOut:
    return JudgeOut(
        judge=run.config.get("judge", {}),
        rule=run.config["method"].get("rule", "prefix"),
        judged=verdicts.judged,
        counts={call: verdicts.counts[call] for call in CALLS},
        lengths=[LengthVerdicts(**asdict(one)) for one in verdicts.bins],
        groups=verdicts.groups,
        of_groups=verdicts.of_groups,
    )


def audit_out(figures: AuditFigures) -> AuditOut:
    audit = figures.audit
    return AuditOut(
        id=audit.pk,
        run=audit.run_id,
        number=audit.number,
        judged=audit.judged,
        pairs=figures.pairs,
        answered=figures.answered,
        skipped=figures.skipped,
        with_judge=raters_out(figures.with_judge),
        others=[raters_out(one) for one in figures.others],
        created=audit.created,
    )


def raters_out(raters: Raters) -> RatersOut:
    found = raters.found
    return RatersOut(
        one=raters.one,
        other=raters.other,
        table=[list(row) for row in raters.table],
        pairs=sum(map(sum, raters.table)),
        observed=found.observed if found else None,
        kappa=found.kappa if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        whole=raters.whole,
    )


def pair_out(pair: AuditPair) -> PairOut:
    return PairOut.model_validate(pair, from_attributes=True)


def answered_pair(said: AuditAnswer) -> AnsweredPair:
    shown = {name: getattr(said.pair, name) for name in AnsweredPair.model_fields if name != "answer"}
    return AnsweredPair(**shown, answer=said.answer)


def rejudging_out(found: Rejudging) -> RejudgingOut:
    return RejudgingOut(**_rejudging(found))


def rejudging_detail(found: Rejudging) -> RejudgingDetail:
    result = found.typed_result
    judges = raters_out(judges_agreement(result)) if result else None
    return RejudgingDetail(**_rejudging(found), result=result, judges=judges)


def _rejudging(found: Rejudging) -> dict[str, Any]:
    return {
        "id": found.pk,
        "run": found.run_id,
        "rule": found.rule,
        "judge": found.judge,
        "job": job_state(found.job),
        "progress": Progress(done=found.done, total=found.total, unit=found.unit),
        "finished": bool(found.result),
        "created": found.created,
    }

"""Judges of runs: what they said, samples for people, the run judged again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router, Status

from training.contract.rejudge_result import Flip
from webapp.api.errors import MISSING, Answer
from webapp.api.schemas.audits import (
    AnsweredPair,
    AuditOut,
    InvitationOut,
    Joining,
    JudgeOut,
    NewAnswer,
    NewAudit,
    NewRejudging,
    NextPair,
    RejudgingDetail,
    RejudgingOut,
    answered_pair,
    audit_out,
    judge_out,
    pair_out,
    rejudging_detail,
    rejudging_out,
)
from webapp.api.schemas.common import Changed, Page, PageQuery, paged, replies
from webapp.audits.access import judged_run, open_audit, own_audit, own_rejudging
from webapp.audits.figures import audit_figures
from webapp.audits.flips import FlipList
from webapp.audits.models import Audit, AuditAnswer, AuditPair, Rejudging
from webapp.audits.services.answer import answer_pair, next_pair, undo_answer
from webapp.audits.services.draw import draw_audit
from webapp.audits.services.invite import accept, invite
from webapp.audits.services.rejudge import judge_of, start_rejudging
from webapp.audits.verdicts import judged_verdicts
from webapp.jobs.services.cancel import request_cancel

router = Router(tags=["Judges"])
A_PAGE = 20
FLIPS_A_PAGE = 50
CREATED = 201


@router.get("/runs/{int:run}/judge", response=replies(JudgeOut), summary="Show the judge of a run")
def show_judge(request: HttpRequest, run: int) -> Any:
    """Who judges, and what it said of the predictions. 404 for a run that no judge rewards."""
    found = judged_run(request.user, run)
    return judge_out(found, judged_verdicts(found))


@router.get("/runs/{int:run}/audits", response=replies(Page[AuditOut]), summary="List a run's samples")
def list_audits(request: HttpRequest, run: int, query: Query[PageQuery]) -> Any:
    """Samples of its judged pairs with how far you and the judge agree, newest first, 20 a page."""
    audits = Audit.objects.filter(run=judged_run(request.user, run)).select_related("run")
    return paged(audits, query.page, A_PAGE, lambda one: audit_out(audit_figures(one, request.user)))


@router.post("/runs/{int:run}/audits", response=replies(AuditOut, status=CREATED), summary="Draw a sample")
def draw_sample(request: HttpRequest, run: int, body: NewAudit) -> Any:
    """Draws judged pairs of every sort; each call draws another sample."""
    drawn = draw_audit(judged_run(request.user, run), body.size)
    return Status(CREATED, audit_out(audit_figures(drawn, request.user)))


@router.get("/audits/{int:audit}", response=replies(AuditOut), summary="Show a sample")
def show_audit(request: HttpRequest, audit: int) -> Any:
    """How far you, others and the judge agree: a sample of your run, or one you were invited to."""
    return audit_out(audit_figures(open_audit(request.user, audit), request.user))


@router.get("/audits/{int:audit}/next", response=replies(NextPair), summary="Show the next pair of a sample")
def show_next_pair(request: HttpRequest, audit: int) -> Any:
    """The first pair that you have not answered, without what the judge said of it."""
    found = open_audit(request.user, audit)
    pair = next_pair(found, request.user)
    left = audit_figures(found, request.user).left
    return NextPair(pair=pair_out(pair) if pair else None, left=left)


@router.post("/audits/{int:audit}/answers", response=replies(AnsweredPair), summary="Answer a pair")
def answer_sample(request: HttpRequest, audit: int, body: NewAnswer) -> Any:
    """Keeps what you say of a pair, then tells what the judge said. A second answer changes nothing."""
    pair = get_object_or_404(AuditPair, audit=open_audit(request.user, audit), place=body.place)
    answer_pair(pair, request.user, body.answer)
    return answered_pair(AuditAnswer.objects.select_related("pair").get(pair=pair, user=request.user))


@router.post("/audits/{int:audit}/undo", response=replies(Changed), summary="Take an answer back")
def undo_sample_answer(request: HttpRequest, audit: int) -> Any:
    """Takes your newest answer back: its pair comes next."""
    if undo_answer(open_audit(request.user, audit), request.user):
        return Changed(changed=True, message="Your newest answer was taken back.")
    return Changed(changed=False, message="You have answered nothing: there was nothing to take back.")


@router.post(
    "/audits/{int:audit}/invitation", response=replies(InvitationOut), summary="Invite a second judge"
)
def invite_judge(request: HttpRequest, audit: int) -> Any:
    """Gives the link by which another person with an account can judge a sample of your run, and sees nothing else of
    the run. A sample has one: a second call gives the same."""
    found = own_audit(request.user, audit)
    secret = invite(found)
    url = request.build_absolute_uri(reverse("audit-join", args=[secret]))
    return InvitationOut(audit=found.pk, invitation=secret, url=url)


@router.post("/audits/join", response=replies(AuditOut), summary="Join a sample")
def join_sample(request: HttpRequest, body: Joining) -> Any:
    """Opens a sample you were invited to: you can answer its pairs from now on."""
    found = accept(body.invitation, request.user)
    if found is None:
        remedy = "Copy the whole secret from the link, or ask for the link again."
        raise Answer("This invitation opens nothing.", status=MISSING, field="invitation", remedy=remedy)
    return audit_out(audit_figures(found, request.user))


@router.get(
    "/runs/{int:run}/rejudgings", response=replies(Page[RejudgingOut]), summary="List a run's rejudgings"
)
def list_rejudgings(request: HttpRequest, run: int, query: Query[PageQuery]) -> Any:
    """By whom and under which rule it was judged again, newest first, 20 a page."""
    found = Rejudging.objects.filter(run=judged_run(request.user, run)).with_job()
    return paged(found, query.page, A_PAGE, rejudging_out)


@router.post(
    "/runs/{int:run}/rejudgings",
    response=replies(RejudgingOut, status=CREATED),
    summary="Judge a run again",
)
def rejudge_run(request: HttpRequest, run: int, body: NewRejudging) -> Any:
    """Queues another judge, or the same one under the other rule, over the run's stored predictions."""
    found = judged_run(request.user, run)
    asked = body.model_dump(exclude={"rule"}, exclude_none=True)
    judge = judge_of(found, {name: str(value) for name, value in asked.items()})
    return Status(CREATED, rejudging_out(start_rejudging(found, judge, body.rule)))


@router.get("/rejudgings/{int:rejudging}", response=replies(RejudgingDetail), summary="Show a rejudging")
def show_rejudging(request: HttpRequest, rejudging: int) -> Any:
    """How far it is, and once it is finished what it changes."""
    return rejudging_detail(own_rejudging(request.user, rejudging))


@router.get("/rejudgings/{int:rejudging}/flips", response=replies(Page[Flip]), summary="List what flips")
def list_flips(request: HttpRequest, rejudging: int, query: Query[PageQuery]) -> Any:
    """Predictions whose reward is another one now, in the run's order, 50 a page. Empty until it is finished."""
    found = own_rejudging(request.user, rejudging)
    result = found.typed_result
    return paged(FlipList(found, result) if result else [], query.page, FLIPS_A_PAGE, lambda flip: flip)


@router.post("/rejudgings/{int:rejudging}/cancel", response=replies(Changed), summary="Cancel a rejudging")
def cancel_rejudging(request: HttpRequest, rejudging: int) -> Any:
    """Ends it. Nothing of it is kept."""
    if request_cancel(own_rejudging(request.user, rejudging).job):
        return Changed(changed=True, message="The rejudging is being cancelled.")
    return Changed(changed=False, message="The rejudging had ended already: there was nothing to cancel.")

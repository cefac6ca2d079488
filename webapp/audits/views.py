"""The judge's tab of a run, the queue of a sample, and what flips when a run is judged again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.audits.access import judged_run, open_audit, own_audit, own_rejudging
from webapp.audits.figures import audit_figures, judges_agreement
from webapp.audits.flips import FlipList
from webapp.audits.models import Audit, AuditAnswer, AuditPair, Rejudging
from webapp.audits.services.answer import answer_pair, next_pair, undo_answer
from webapp.audits.services.draw import SIZES, draw_audit
from webapp.audits.services.invite import accept, invite
from webapp.audits.services.rejudge import RULES, SAME, judge_of, start_rejudging
from webapp.audits.verdicts import judged_verdicts
from webapp.corpora.model_choices import model_choices
from webapp.jobs.services.cancel import request_cancel
from webapp.runs.models import Run
from webapp.runs.page import head_context

SHOWN = 20
"""Samples and rejudgings of a run that its tab shows, newest first."""
FLIPS_A_PAGE = 50
INVALID = 422


@require_safe
def judge_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """The judge of a run: its verdicts, samples for a person, and the run judged again."""
    return _tab(request, judged_run(request.user, pk))


def _tab(
    request: HttpRequest, run: Run, *, error: ForesightError | None = None, status: int = 200
) -> HttpResponse:
    rejudgings = list(Rejudging.objects.filter(run=run).with_job()[:SHOWN])
    audits = Audit.objects.filter(run=run).select_related("run")[:SHOWN]
    context = {
        **head_context(run, "judge"),
        "judge": run.config.get("judge", {}),
        "rule": run.config["method"].get("rule", "prefix"),
        "figures": [audit_figures(audit, request.user) for audit in audits],
        "rejudgings": [(one, one.typed_result) for one in rejudgings],
        "sizes": SIZES,
        "rules": RULES,
        "same": SAME,
        "models": model_choices(),
        "typed": request.POST,
        "error": error,
    }
    return render(request, "audits/tab.html", context, status=status)


@require_safe
def verdicts(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the tab that reads the run's rollouts: counts of verdicts, and verdicts by length."""
    run = judged_run(request.user, pk)
    return render(request, "audits/verdicts.html", {"run": run, "verdicts": judged_verdicts(run)})


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a sample of the run's judged pairs and open it."""
    run = judged_run(request.user, pk)
    asked = request.POST.get("size", "")
    size = int(asked) if asked.isdecimal() and int(asked) in SIZES else SIZES[0]
    try:
        return redirect("audit", draw_audit(run, size).pk)
    except ForesightError as error:
        return _tab(request, run, error=error, status=INVALID)


@require_safe
def audit(request: HttpRequest, pk: int) -> HttpResponse:
    """The queue: one pair at a time, without the judge's verdict until it is answered."""
    found = open_audit(request.user, pk)
    return render(request, "audits/audit.html", _queue(request, found))


def _queue(request: HttpRequest, found: Audit, answered: AuditPair | None = None) -> dict[str, Any]:
    said = AuditAnswer.objects.filter(pair=answered, user=request.user).first() if answered else None
    link = reverse("audit-join", args=[found.invitation]) if found.invitation else ""
    return {
        "audit": found,
        "run": found.run,
        "owned": found.run.owner_id == request.user.pk,
        "figures": audit_figures(found, request.user),
        "pair": next_pair(found, request.user),
        "answered": answered,
        "said": said,
        "agrees": bool(answered and said and (said.answer == "right") == (answered.call == "right")),
        "invitation": request.build_absolute_uri(link) if link else "",
    }


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what the person says of a pair; the next one comes."""
    found = open_audit(request.user, pk)
    asked = request.POST.get("pair", "")
    if not asked.isdecimal():
        raise Http404("There is no such pair.")
    pair = get_object_or_404(AuditPair, audit=found, pk=int(asked))
    if request.POST.get("answer") not in AuditAnswer.Answer.values:
        return HttpResponse(_("An answer is right, wrong or skipped."), status=400)
    answer_pair(pair, request.user, request.POST["answer"])
    return _next(request, found, pair)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the newest answer back."""
    found = open_audit(request.user, pk)
    undo_answer(found, request.user)
    return _next(request, found, None)


def _next(request: HttpRequest, found: Audit, answered: AuditPair | None) -> HttpResponse:
    if not request.htmx:
        return redirect("audit", found.pk)
    return render(request, "audits/queue.html", _queue(request, found, answered))


@require_POST
def ask_second(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the link that lets a second person judge the sample."""
    found = own_audit(request.user, pk)
    invite(found)
    return redirect("audit", found.pk)


@require_safe
def join(request: HttpRequest, invitation: str) -> HttpResponse:
    """Open a sample by its link."""
    found = accept(invitation, request.user)
    if found is None:
        raise Http404("This invitation opens nothing.")
    return redirect("audit", found.pk)


@require_POST
def rejudge(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge the run again by another judge or under the other rule."""
    run = judged_run(request.user, pk)
    try:
        judge = judge_of(run, request.POST)
        return redirect("rejudging", start_rejudging(run, judge, request.POST.get("rule", "")).pk)
    except ForesightError as error:
        return _tab(request, run, error=error, status=INVALID)


@require_safe
def rejudging(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, then what flips."""
    found = own_rejudging(request.user, pk)
    result = found.typed_result
    context: dict[str, Any] = {"rejudging": found, "run": found.run, "result": result}
    if result is not None:
        flips = Paginator(FlipList(found, result), FLIPS_A_PAGE)
        context |= {"judges": judges_agreement(result), "page": flips.get_page(request.GET.get("page"))}
    return render(request, "audits/rejudging.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End a rejudging that is at work."""
    found = own_rejudging(request.user, pk)
    if not request_cancel(found.job):
        messages.warning(request, _("It had ended already."))
    return redirect("rejudging", pk)

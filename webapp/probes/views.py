"""Before a launch: the exact prompt, a probe, a table of prompt templates. Views parse, call, render."""

from __future__ import annotations

from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from training.contract.errors import ForesightError
from training.contract.prompts_table import templates_for
from webapp.experiments.draft import Draft
from webapp.experiments.views import INVALID, form_page, posted_draft
from webapp.jobs.services.cancel import request_cancel
from webapp.probes.access import own_probe
from webapp.probes.forms import POSITIONS, TABLE_SAMPLES, whole_number
from webapp.probes.models import Probe
from webapp.probes.page import page_data
from webapp.probes.services.prompt import exact_prompt
from webapp.probes.services.start import start_probe, start_prompts

PROBES_A_PAGE = 50


@require_GET
def probes(request: HttpRequest) -> HttpResponse:
    page = Paginator(Probe.objects.owned_by(request.user).with_job(), PROBES_A_PAGE)
    return render(request, "probes/list.html", {"page": page.get_page(request.GET.get("page"))})


@require_GET
def probe(request: HttpRequest, pk: int) -> HttpResponse:
    """How it goes, and once it is finished what it found."""
    found = own_probe(request.user, pk)
    template = "probes/groups.html" if found.kind == Probe.Kind.GROUPS else "probes/prompts.html"
    return render(request, template, page_data(found))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Queue a probe of the form's experiment; the form comes back with all that was typed if it cannot be."""

    def begin(draft: Draft) -> Probe:
        positions = whole_number(request.POST, "probe_positions", POSITIONS)
        return start_probe(request.user, draft, positions, whole_number(request.POST, "probe_samples", 0))

    return _start(request, begin)


@require_POST
def prompts(request: HttpRequest) -> HttpResponse:
    """Queue a table of every template for the form's experiment."""

    def begin(draft: Draft) -> Probe:
        own_text = draft.config.rpt.custom_prompt if draft.config else ""
        positions = whole_number(request.POST, "probe_positions", POSITIONS)
        samples = whole_number(request.POST, "probe_samples", TABLE_SAMPLES)
        return start_prompts(request.user, draft, templates_for(own_text), positions, samples)

    return _start(request, begin)


def _start(request: HttpRequest, begin: Callable[[Draft], Probe]) -> HttpResponse:
    draft = posted_draft(request)
    try:
        return redirect("probe", pk=begin(draft).pk)
    except ForesightError as error:
        return form_page(request, draft, status=INVALID, probe_error=error)


@require_POST
def prompt(request: HttpRequest) -> HttpResponse:
    """The exact prompt of one position, as a part of the form's page."""
    draft = posted_draft(request)
    shown: dict[str, object] = {}
    try:
        number = whole_number(request.POST, "prompt_position", 0)
        if draft.config is None or draft.corpus is None or draft.errors:
            raise ForesightError("The settings do not make an experiment yet.", remedy="Correct them first.")
        shown["preview"] = exact_prompt(draft.config, draft.corpus, number)
    except ForesightError as error:
        shown["error"] = {"message": error.message, "remedy": error.remedy}
    return render(request, "probes/prompt.html", shown)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_probe(request.user, pk)
    request_cancel(found.job)
    return redirect("probe", pk=pk)

"""Before a launch: the exact prompt, probes, tables of prompt templates."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from training.contract.prompt_preview import PromptPreview
from training.contract.prompts_table import templates_for
from webapp.api.errors import BAD_REQUEST, TOO_LARGE, UNAVAILABLE
from webapp.api.experiment_body import BODY, valid_draft
from webapp.api.schemas.common import Changed, Page, PageQuery, paged, replies
from webapp.api.schemas.probes import ProbeDetail, ProbeOut, ProbeQuery, PromptQuery, probe_detail, probe_out
from webapp.jobs.services.cancel import request_cancel
from webapp.probes.access import own_probe
from webapp.probes.forms import TABLE_SAMPLES
from webapp.probes.models import Probe
from webapp.probes.services.prompt import exact_prompt
from webapp.probes.services.start import start_probe, start_prompts

router = Router(tags=["Probes"])
A_PAGE = 50
CREATED = 201


@router.get("/probes", response=replies(Page[ProbeOut]), summary="List probes")
def list_probes(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Probes and tables of prompt templates, newest first, 50 a page."""
    return paged(Probe.objects.owned_by(request.user).with_job(), query.page, A_PAGE, probe_out)


@router.post(
    "/probes",
    response=replies(ProbeDetail, BAD_REQUEST, TOO_LARGE, status=CREATED),
    summary="Start a probe",
    openapi_extra=BODY,
)
def probe_experiment(request: HttpRequest, query: Query[ProbeQuery]) -> Any:
    """Queues a probe of an experiment: how many groups would have a gradient, at which entropies.

    The body is the experiment, as for `POST /api/experiments`; it is not stored as one.
    """
    draft = valid_draft(request, query.corpus)
    if query.kind == "probe":
        return Status(CREATED, probe_detail(start_probe(request.user, draft, query.positions, query.samples)))
    templates = templates_for(draft.config.rpt.custom_prompt if draft.config else "")
    samples = query.samples or TABLE_SAMPLES
    return Status(
        CREATED, probe_detail(start_prompts(request.user, draft, templates, query.positions, samples))
    )


@router.post(
    "/probes/prompt",
    response=replies(PromptPreview, BAD_REQUEST, TOO_LARGE, UNAVAILABLE),
    summary="Show the exact prompt",
    openapi_extra=BODY,
)
def preview_prompt(request: HttpRequest, query: Query[PromptQuery]) -> Any:
    """What the policy would be given at one of the selected positions, byte for byte. The body is the experiment."""
    draft = valid_draft(request, query.corpus)
    assert draft.config is not None and draft.corpus is not None  # it is valid
    return exact_prompt(draft.config, draft.corpus, query.position)


@router.get("/probes/{int:probe}", response=replies(ProbeDetail), summary="Show a probe")
def show_probe(request: HttpRequest, probe: int) -> Any:
    """How it goes, and once it is finished what it found."""
    return probe_detail(own_probe(request.user, probe))


@router.post("/probes/{int:probe}/cancel", response=replies(Changed), summary="Cancel a probe")
def cancel_probe(request: HttpRequest, probe: int) -> Any:
    """Ends it. What it has sampled is not kept."""
    if request_cancel(own_probe(request.user, probe).job):
        return Changed(changed=True, message="The probe is being cancelled.")
    return Changed(changed=False, message="The probe had ended already: there was nothing to cancel.")

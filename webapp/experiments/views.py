"""The experiment form: open, check while typing, import, export, launch. And the list of experiments."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml, load_yaml
from training.contract.presets import PRESETS
from webapp.corpora.model_choices import model_choices
from webapp.corpora.models import Corpus
from webapp.experiments.draft import Draft, base_of, make_draft, new_texts, texts_of_import
from webapp.experiments.estimate import read_assumptions
from webapp.experiments.fields import texts_of_post
from webapp.experiments.models import Experiment
from webapp.experiments.panel import panel_context
from webapp.experiments.services.create import create_experiment
from webapp.experiments.starting_points import earlier_experiments, own_presets
from webapp.experiments.verl_config import verl_config
from webapp.runs.services.launch import launch_run
from webapp.words.sentences import explained

EXPERIMENTS_A_PAGE = 50
INVALID = 422
_YAML_BYTES = 256 * 1024


@require_GET
def experiments(request: HttpRequest) -> HttpResponse:
    owned = (
        Experiment.objects.filter(owner=request.user).select_related("corpus").prefetch_related("runs__job")
    )
    page = Paginator(owned, EXPERIMENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "experiments/list.html", {"page": page})


@require_GET
def new(request: HttpRequest) -> HttpResponse:
    key = (
        f"experiment:{request.GET['from']}"
        if "from" in request.GET
        else f"preset:{request.GET.get('preset', '')}"
    )
    base = base_of(request.user, key)
    return form_page(request, make_draft(request.user, base, new_texts(request.user, base, request.GET)))


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """The panel beside the form: what the settings would do, what is wrong, what is changed, the YAML."""
    context = panel_context(request.user, posted_draft(request), read_assumptions(request.POST))
    return render(request, "experiments/panel.html", context)


@require_POST
def verl(request: HttpRequest) -> HttpResponse:
    """What the settings set in verl's configuration, or why there is none."""
    draft = posted_draft(request)
    try:
        text = verl_config(draft.config) if draft.config else ""
    except ForesightError as error:
        return render(request, "experiments/verl.html", {"error": error})
    return render(request, "experiments/verl.html", {"text": text})


@require_POST
def import_yaml(request: HttpRequest) -> HttpResponse:
    """Fill the form from an experiment file that was pasted or chosen."""
    base = base_of(request.user, request.POST.get("base", ""))
    file = request.FILES.get("file")
    text = request.POST.get("yaml", "")
    try:
        config = load_yaml(file.read(_YAML_BYTES).decode(errors="replace") if file else text)
    except ForesightError as error:
        return form_page(request, posted_draft(request), import_error=error, import_text=text, status=INVALID)
    return form_page(request, make_draft(request.user, base, texts_of_import(request.user, config)))


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The settings as a file; a draft the schema refuses comes back with what is wrong."""
    draft = posted_draft(request)
    if draft.config is None:
        return form_page(request, draft, status=INVALID)
    name = re.sub(r"[^\w.-]+", "-", draft.config.name, flags=re.ASCII).strip("-.") or "experiment"
    response = HttpResponse(dump_yaml(draft.config), content_type="application/yaml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return response


@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """Store the experiment and queue its run; a draft with errors comes back with all that was typed."""
    draft = posted_draft(request)
    if not draft.valid:
        return form_page(request, draft, status=INVALID)
    try:
        with transaction.atomic():
            run = launch_run(create_experiment(request.user, draft))
    except ForesightError as error:
        messages.error(request, explained(error))
        return form_page(request, draft, status=INVALID)
    return redirect("run", pk=run.pk)


def posted_draft(request: HttpRequest) -> Draft:
    """The draft of the form's own fields."""
    base = base_of(request.user, request.POST.get("base", ""))
    posted = texts_of_post(request.POST)
    if not any(posted.values()):  # an import without the form's own fields
        posted = new_texts(request.user, base, request.GET)
    return make_draft(request.user, base, posted)


def form_page(request: HttpRequest, draft: Draft, *, status: int = 200, **errors: Any) -> HttpResponse:
    """The whole page of a draft.

    Args:
        request: the request; what was posted beside the settings is kept.
        draft: what the form shows.
        status: of the answer; INVALID where something could not be done.
        **errors: of what the page's other buttons could not do: `import_error` with `import_text`,
            `preset_error`, `probe_error`.
    """
    user = request.user
    ready = Corpus.objects.owned_by(user).ready()
    context = {
        **panel_context(user, draft, read_assumptions(request.POST)),
        "corpora": ready,
        "conversations": ready.conversations(),
        "models": model_choices(),
        "presets": PRESETS.values(),
        "own_presets": own_presets(user),
        "earlier": earlier_experiments(user),
        "refused": status == INVALID and not errors,
        **errors,
    }
    return render(request, "experiments/form.html", context, status=status)

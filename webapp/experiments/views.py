"""The experiment form: open, check while typing, import, launch. And the list of experiments."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml, load_yaml
from training.contract.presets import PRESETS
from webapp.corpora.model_choices import model_choices
from webapp.corpora.models import Corpus
from webapp.experiments.check import tuning_steps
from webapp.experiments.draft import Base, Draft, base_of, make_draft, new_texts, texts_of_import
from webapp.experiments.fields import OF_THE_CORPUS, changed, sections, texts_of, texts_of_post
from webapp.experiments.models import Experiment
from webapp.experiments.services.create import create_experiment
from webapp.runs.services.launch import launch_run

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
    return form_page(
        request, make_draft(request.user, base, new_texts(request.user, base, request.GET)), fresh=True
    )


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """The panel beside the form: what the settings would do, what is wrong, the YAML."""
    return render(request, "experiments/panel.html", _panel(posted_draft(request)))


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
def launch(request: HttpRequest) -> HttpResponse:
    """Store the experiment and queue its run; a draft with errors comes back with all that was typed."""
    draft = posted_draft(request)
    if not draft.valid:
        return form_page(request, draft, status=INVALID)
    run = launch_run(create_experiment(request.user, draft))
    return redirect("run", pk=run.pk)


def posted_draft(request: HttpRequest) -> Draft:
    """The draft of the form's own fields."""
    base = base_of(request.user, request.POST.get("base", ""))
    posted = texts_of_post(request.POST)
    if not any(posted.values()):  # an import without the form's own fields
        posted = new_texts(request.user, base, request.GET)
    return make_draft(request.user, base, posted)


def form_page(
    request: HttpRequest,
    draft: Draft,
    *,
    status: int = 200,
    fresh: bool = False,
    import_error: ForesightError | None = None,
    import_text: str = "",
    probe_error: ForesightError | None = None,
) -> HttpResponse:
    """The whole page of a draft. The errors are of what the page's other buttons could not do."""
    context = {
        **_panel(draft),
        "corpora": Corpus.objects.owned_by(request.user).ready(),
        "conversations": Corpus.objects.owned_by(request.user).ready().conversations(),
        "models": model_choices(),
        "presets": PRESETS.values(),
        "fresh": fresh,
        "import_error": import_error,
        "import_text": import_text,
        "probe_error": probe_error,
    }
    return render(request, "experiments/form.html", context, status=status)


def _panel(draft: Draft) -> dict[str, Any]:
    made = sections(draft.texts, _base_texts(draft.base, draft), draft.errors)
    config = draft.config
    return {
        "draft": draft,
        "sections": made,
        "changed": changed(made),
        "config": config,
        "tuning_steps": tuning_steps(config, draft.corpus) if config else None,
        "rollouts": config.rollouts_per_step if config else 0,
        "yaml": dump_yaml(config) if config else "",
        "findings": {"errors": draft.errors, "notes": draft.findings.notes if draft.findings else {}},
        "elsewhere": draft.errors.get("", ""),
    }


def _base_texts(base: Base, draft: Draft) -> dict[str, str]:
    """The base's texts; the corpus and its fields are no change."""
    same = {name: draft.texts.get(name, "") for name in ("data.corpus", *OF_THE_CORPUS)}
    return {**texts_of(base.config), **same}

"""The page Try it. Views parse, call, render."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from training.contract.errors import ForesightError
from training.contract.model_names import CATALOGUE
from training.contract.playground import MOST_SAMPLES, MOST_TOKENS
from webapp.corpora.models import Corpus
from webapp.playground.access import own_question
from webapp.playground.forms import Values, asking_of, first_values, picked_of, posted_values, values_of
from webapp.playground.models import Question
from webapp.playground.page import follow_data, others_at, places_of, questions_before, result_view
from webapp.playground.services import stop as stopping
from webapp.playground.services.ask import ask
from webapp.playground.subjects import TEMPLATES, Subject, choices_of, find_subject, local_choices

INVALID = 422
USUAL = f"model:{next(iter(CATALOGUE))}"
WHAT = {"trained": "Trained on", "held_out": "Held out"}


@require_GET
def playground(request: HttpRequest) -> HttpResponse:
    """`?of=run:12/step:15`, with `question=34` an answer, with `document=3&at=120` a picked position."""
    number = request.GET.get("question", "")
    question = own_question(request.user, int(number)) if number.isdecimal() and len(number) < 12 else None
    try:
        subject = _subject(request, question)
    except ForesightError as error:
        raise Http404(f"{error.message} {error.remedy}") from error
    values = values_of(question) if question else first_values(subject, request.GET)
    return _page(request, subject, values, question=question)


def _subject(request: HttpRequest, question: Question | None) -> Subject:
    usual = question.session.subject if question else USUAL
    template = request.GET.get("template", "")
    if question and question.session.run is None and not template:
        template = question.session.config["method"]["prompt"]
    return find_subject(request.user, request.GET.get("of") or usual, template)


@require_POST
def ask_question(request: HttpRequest) -> HttpResponse:
    """Queue a question and go to where its answer grows; the form comes back with what is wrong with it."""
    values = posted_values(request.POST)
    reference, template = request.POST.get("of", ""), request.POST.get("template", "")
    try:
        subject = find_subject(request.user, reference, template)
    except ForesightError as error:
        raise Http404(f"{error.message} {error.remedy}") from error
    try:
        question = ask(request.user, subject, asking_of(values, _corpus(subject)))
    except ForesightError as error:
        return _page(request, subject, values, error=error)
    query = urlencode({"of": subject.reference, "question": question.pk})
    return redirect(f"{reverse('try')}?{query}#answer")


@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer as a part of the page: asked for when a question has ended."""
    return render(request, "playground/result.html", _result(request, own_question(request.user, pk)))


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    question = own_question(request.user, pk)
    stopping.stop(question)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(f"{reverse('try')}?{urlencode({'of': question.session.subject, 'question': pk})}#answer")


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """`?of=run:12/step:15&what=held_out`: positions to pick from, as a part of the page."""
    what = "held_out" if request.GET.get("what") == "held_out" else "trained"
    try:
        subject = find_subject(request.user, request.GET.get("of", ""))
    except ForesightError as error:
        raise Http404(error.message) from error
    found = places_of(subject, what, request.GET.get("page"))
    shown = {"subject": subject, "what": what, "kinds": WHAT, "found": found}
    return render(request, "playground/places.html", shown)


def _page(
    request: HttpRequest,
    subject: Subject,
    values: Values,
    *,
    question: Question | None = None,
    error: ForesightError | None = None,
) -> HttpResponse:
    picked = None
    try:
        picked = picked_of(_corpus(subject), values)
    except ForesightError as wrong:
        error = error or wrong
    context: dict[str, Any] = {
        "subject": subject,
        "values": values,
        "picked": picked,
        "error": error,
        "run_choices": choices_of(subject.run) if subject.run else [],
        "local_choices": local_choices(),
        "templates": [] if subject.run else TEMPLATES,
        "template": subject.config.rpt.prompt,
        "most_samples": MOST_SAMPLES,
        "most_tokens": MOST_TOKENS,
        "before": questions_before(request.user, subject, question),
        **(_result(request, question) if question else {}),
    }
    return render(request, "playground/page.html", context, status=INVALID if error else 200)


def _result(request: HttpRequest, question: Question) -> dict[str, Any]:
    return {
        "question": question,
        "view": result_view(question),
        "others": others_at(request.user, question) if question.done else [],
        "again": [one for one in _again(question) if one.reference != question.session.subject],
        "follow": None if question.ended else follow_data(question),
        "samples": range(question.samples),
    }


def _again(question: Question) -> list[Any]:
    """Whom else the same can be asked: the other weights of the run."""
    return choices_of(question.session.run) if question.session.run else []


def _corpus(subject: Subject) -> Corpus | None:
    return subject.run.experiment.corpus if subject.run else None

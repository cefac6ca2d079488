"""Try it: ask a checkpoint, or any model of the site, at one context and follow its thought."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from webapp.api.errors import MISSING, UNAVAILABLE, Answer
from webapp.api.schemas.common import Changed, Page, page_of, paged, replies
from webapp.api.schemas.tries import (
    NewTry,
    PlaceOut,
    PlaceQuery,
    TryDetail,
    TryEventQuery,
    TryEvents,
    TryOut,
    TryQuery,
    place_out,
    try_detail,
    try_out,
)
from webapp.live.messages import PAGE, read_message
from webapp.playground.access import own_question
from webapp.playground.forms import asking_of, first_values
from webapp.playground.models import Question
from webapp.playground.page import places_of
from webapp.playground.services.ask import ask
from webapp.playground.services.stop import stop
from webapp.playground.subjects import find_subject
from webapp.runs.access import own_run

router = Router(tags=["Try it"])
CREATED = 201
A_PAGE = 25


@router.get("/tries", response=replies(Page[TryOut]), summary="List questions")
def list_tries(request: HttpRequest, query: Query[TryQuery]) -> Any:
    """What you asked models, newest first, 25 a page."""
    rows = Question.objects.owned_by(request.user).with_session()
    return paged(rows.of_subject(query.of) if query.of else rows, query.page, A_PAGE, try_out)


@router.post("/tries", response=replies(TryDetail, UNAVAILABLE, status=CREATED), summary="Ask a model")
def ask_model(request: HttpRequest, body: NewTry) -> Any:
    """Queues a question. The first one loads the model, which then stays loaded for some minutes.

    Give a `context`, with its `truth` where you know it, or a position of the run's corpus. It does not wait behind
    a training. Follow its events, or ask for it until its state is one of an end.
    """
    subject = find_subject(request.user, body.of, body.template)
    given = {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in body.model_dump(exclude={"of", "template"}).items()
        if value is not None
    }
    if body.document is None:
        del given["at"]
    elif subject.run is None:
        raise Answer(
            "A model without a run has no corpus.", field="document", remedy="Give a context instead."
        )
    corpus = subject.run.experiment.corpus if subject.run else None
    question = ask(request.user, subject, asking_of(first_values(subject, given), corpus))
    return Status(CREATED, try_detail(own_question(request.user, question.pk)))


@router.get("/tries/{int:question}", response=replies(TryDetail), summary="Show a question")
def show_try(request: HttpRequest, question: int) -> Any:
    """How it stands and, once it is answered, every response with its prediction and its verdict."""
    return try_detail(own_question(request.user, question))


@router.get("/tries/{int:question}/events", response=replies(TryEvents), summary="Follow a question")
def try_events(request: HttpRequest, question: int, query: Query[TryEventQuery]) -> Any:
    """Its events after a cursor, oldest first. Ask again with the cursor: nothing is missed or doubled."""
    found = own_question(request.user, question)
    message = read_message(found.session.job_id, query.after)
    if message is None:
        raise Answer("There is no such question.", status=MISSING)
    mine = [event for event in message["events"] if event.get("question") in {None, found.number}]
    # The state was read before the events: where it is an end, no event of the question comes after them.
    through = found.ended and len(message["events"]) < PAGE
    return TryEvents(cursor=message["cursor"], state=found.state, ended=through, events=mine)


@router.post("/tries/{int:question}/stop", response=replies(Changed), summary="Stop a question")
def stop_try(request: HttpRequest, question: int) -> Any:
    """Ends its responses where they are. What was said is kept."""
    if stop(own_question(request.user, question)):
        return Changed(changed=True, message="The question is being stopped. What was said is kept.")
    return Changed(changed=False, message="The question had ended already: there was nothing to stop.")


@router.get("/runs/{int:run}/positions", response=replies(Page[PlaceOut]), summary="List positions of a run")
def list_positions(request: HttpRequest, run: int, query: Query[PlaceQuery]) -> Any:
    """What the run trains on or holds out, 12 a page: places to ask a model at.

    Empty where the run has not built its prompts, or its working files are gone.
    """
    subject = find_subject(request.user, f"run:{own_run(request.user, run).pk}/base")
    found = places_of(subject, query.what, str(query.page))
    if found.page is None:
        return Page(items=[], page=query.page, pages=1, total=0)
    return page_of(found.page, query.page, map(place_out, found.places))

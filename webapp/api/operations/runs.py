"""Runs: list, launch, follow, cancel, resume; their events and their log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from webapp.api.errors import CONFLICT, MISSING, Answer, answering
from webapp.api.operations.experiments import own_experiment
from webapp.api.schemas.common import Changed, Page, page_of, replies
from webapp.api.schemas.runs import (
    BulkAction,
    BulkDone,
    EventQuery,
    Events,
    Launch,
    LogOut,
    LogQuery,
    RunChange,
    RunDetail,
    RunOut,
    RunQuery,
    run_detail,
    runs_out,
)
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.resume import resume
from webapp.live.messages import read_message
from webapp.runs.access import own_run
from webapp.runs.listing import Filters, listed
from webapp.runs.log import log_after, log_attempts, log_tail
from webapp.runs.services.bulk import apply
from webapp.runs.services.control import launch_control
from webapp.runs.services.delete import delete_run
from webapp.runs.services.demo import launch_demo
from webapp.runs.services.edit import edit_run
from webapp.runs.services.launch import launch_run

router = Router(tags=["Runs"])
CREATED, NO_CONTENT = 201, 204


@router.get("/runs", response=replies(Page[RunOut]), summary="List runs")
def list_runs(request: HttpRequest, query: Query[RunQuery]) -> Any:
    """Your runs, 25 a page, filtered and sorted as on the page Runs."""
    filters = Filters(
        text=query.q.strip(),
        state=query.state,
        sort=query.sort,
        tag=query.tag.strip(),
        method=query.method,
        corpus=query.corpus,
        kept=query.show,
    )
    found = listed(request.user, filters, str(query.page))
    return page_of(found, query.page, runs_out(list(found)))


@router.post("/runs/bulk", response=replies(BulkDone), summary="Change many runs")
def change_runs(request: HttpRequest, body: BulkAction) -> Any:
    """Cancels, tags, stars, archives or deletes runs. What cannot be done to some of them is counted.

    A deletion takes metrics, rollouts, checkpoints, evaluations and files with it, and cannot be undone.
    """
    return asdict(apply(request.user, body.action, body.runs, body.tags))


@router.post(
    "/runs", response=replies(RunDetail, status=CREATED), summary="Launch a run", operation_id="launch_run"
)
def launch(request: HttpRequest, body: Launch) -> Any:
    """Queues one run of a stored experiment. Each call launches another one."""
    return Status(CREATED, run_detail(launch_run(own_experiment(request.user, body.experiment))))


@router.post(
    "/runs/demo",
    response=replies(RunDetail, status=CREATED),
    summary="Launch the demo",
    operation_id="launch_demo",
)
def demo(request: HttpRequest) -> Any:
    """The preset `demo-cpu` on the built-in sample corpus."""
    return Status(CREATED, run_detail(launch_demo(request.user)))


@router.get("/runs/{int:run}", response=replies(RunDetail), summary="Show a run")
def show_run(request: HttpRequest, run: int) -> Any:
    """Its state and progress, the verdict, the stages before GRPO, and the settings it was launched with."""
    return run_detail(own_run(request.user, run))


@router.patch("/runs/{int:run}", response=replies(RunDetail), summary="Change a run")
def change_run(request: HttpRequest, run: int, body: RunChange) -> Any:
    """Its name, notes, tags, star, or whether it is archived. Only a run that has ended can be archived."""
    edit_run(own_run(request.user, run), **body.model_dump())
    return run_detail(own_run(request.user, run))


@router.delete("/runs/{int:run}", response=replies(None, CONFLICT, status=NO_CONTENT), summary="Delete a run")
def remove_run(request: HttpRequest, run: int) -> Any:
    """With its metrics, rollouts, checkpoints, evaluations and files. Its experiment stays. An active one is kept."""
    with answering(CONFLICT):
        delete_run(own_run(request.user, run))
    return Status(NO_CONTENT, None)


@router.post("/runs/{int:run}/cancel", response=replies(Changed), summary="Cancel a run")
def cancel_run(request: HttpRequest, run: int) -> Any:
    """Ends the training within seconds. What it has written stays, and it can be resumed."""
    if request_cancel(own_run(request.user, run).job):
        return Changed(changed=True, message="The run is being cancelled. What it has written stays.")
    return Changed(changed=False, message="The run had ended already: there was nothing to cancel.")


@router.post("/runs/{int:run}/resume", response=replies(Changed), summary="Resume a run")
def resume_run(request: HttpRequest, run: int) -> Any:
    """Queues a run that ended early again. It goes on from its newest checkpoint, or starts over where it has none."""
    found = own_run(request.user, run)
    if resume(found.job):
        newest = found.checkpoints.newest_to_resume()
        then = f"It goes on from the checkpoint of step {newest.step}." if newest else "It starts over."
        return Changed(changed=True, message=f"The run is queued again. {then}")
    return Changed(
        changed=False,
        message="The run cannot be resumed: it is active, or it has finished all its steps.",
    )


@router.post(
    "/runs/{int:run}/control",
    response=replies(RunDetail, status=CREATED),
    summary="Launch the supervised control",
    operation_id="launch_control",
)
def control(request: HttpRequest, run: int) -> Any:
    """Queues the run's supervised control: next-token training on the same documents, for the same compute."""
    launched = launch_control(own_run(request.user, run))
    return Status(CREATED, run_detail(own_run(request.user, launched.pk)))


@router.get("/runs/{int:run}/events", response=replies(Events), summary="Follow a run")
def run_events(request: HttpRequest, run: int, query: Query[EventQuery]) -> Any:
    """Events after a cursor, oldest first, at most 500. Ask again with the cursor: nothing is missed or doubled.

    They come without their bulk: `rollouts` as a count of groups, `checkpoint` without its files.
    """
    message = read_message(own_run(request.user, run).job_id, query.after)
    if message is None:
        raise Answer("There is no such run.", status=MISSING)
    return message


@router.get("/runs/{int:run}/log", response=replies(LogOut), summary="Read a run's log")
def run_log(request: HttpRequest, run: int, query: Query[LogQuery]) -> Any:
    """What an attempt's trainer has printed: the last 200 lines, or the lines after a byte offset."""
    found = own_run(request.user, run)
    attempt = query.attempt or found.job.attempt
    if query.attempt and attempt not in log_attempts(found):
        raise Answer(f"Attempt {attempt} has written no log.", status=MISSING)
    part = log_tail(found, attempt) if query.offset is None else log_after(found, attempt, query.offset)
    return LogOut(**asdict(part))

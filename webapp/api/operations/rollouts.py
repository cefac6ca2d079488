"""The rollouts of a run: steps, groups, single groups, everything as JSON lines."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router

from training.contract.rollout_file import GroupRecord
from webapp.api.errors import GONE, INVALID, MISSING, Answer, answering
from webapp.api.schemas.common import Page, PageQuery, content, page_of, replies
from webapp.api.schemas.rollouts import (
    ExportQuery,
    GroupOut,
    GroupQuery,
    MarkIn,
    MarkOut,
    RolloutPage,
    RolloutQuery,
    RuleQuery,
    SelectionQuery,
    StepOut,
    WhatIf,
    group_out,
    listed_group,
    mark_out,
    other_rewards,
    rollout_out,
)
from webapp.runs.access import own_run
from webapp.runs.groups import steps_page
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.runs.names import safe_name
from webapp.trajectories.export import JSON_LINES, MOST_EXPORTED, rollout_lines, selection_lines
from webapp.trajectories.group import load_group, same_context
from webapp.trajectories.listing import Filters, step_groups
from webapp.trajectories.models import Mark
from webapp.trajectories.rollout_rows import rollout_rows
from webapp.trajectories.rollout_search import indexed, keys_in_order, search
from webapp.trajectories.services.annotate import annotate
from webapp.trajectories.services.star import star
from webapp.trajectories.what_if import what_if

router = Router(tags=["Rollouts"])
_STEP = "/runs/{int:run}/steps/{int:step}"


@router.get("/runs/{int:run}/steps", response=replies(Page[StepOut]), summary="List steps")
def list_steps(request: HttpRequest, run: int, query: Query[PageQuery]) -> Any:
    """The steps that have rollouts, newest first, 50 a page."""
    found, rows = steps_page(own_run(request.user, run), str(query.page))
    return page_of(found, query.page, [StepOut.model_validate(row) for row in rows])


@router.get(f"{_STEP}/groups", response=replies(Page[GroupOut]), summary="List a step's groups")
def list_groups(request: HttpRequest, run: int, step: int, query: Query[GroupQuery]) -> Any:
    """64 a page, filtered and sorted. Of several attempts at the step the latest."""
    found = _with_step(request, run, step)
    filters = Filters(query.reason, query.effective, query.sort, query.kind)
    page, rows = step_groups(found, step, filters, str(query.page))
    return page_of(page, query.page, map(listed_group, rows))


@router.get(
    f"{_STEP}/groups/{{int:group}}",
    response=replies(GroupRecord, GONE),
    summary="Read one group",
)
def show_group(request: HttpRequest, run: int, step: int, group: int) -> Any:
    """Its record as it is stored: context, prompt, truth, and every response with its thought, tokens and log-probs."""
    found = own_run(request.user, run)
    with answering(GONE):
        record = load_group(found, _row(found, step, group))
    return HttpResponse(record.model_dump_json(), content_type="application/json")


@router.get(
    f"{_STEP}/groups/{{int:group}}/elsewhere",
    response=replies(list[GroupOut]),
    summary="The same context at other steps",
)
def same_context_elsewhere(request: HttpRequest, run: int, step: int, group: int) -> Any:
    """The groups of other steps that had this very context, by step."""
    found = own_run(request.user, run)
    return [group_out(one) for one in same_context(found, _row(found, step, group))]


@router.get(f"{_STEP}/what-if", response=replies(WhatIf, GONE), summary="A step under another reward")
def step_under_another_reward(request: HttpRequest, run: int, step: int, query: Query[RuleQuery]) -> Any:
    """Which groups would gain or lose their gradient, from what is stored. Runs no model."""
    found = _with_step(request, run, step)
    if found.method != "rpt":
        raise Answer("Only next-token groups have other rewards.", status=MISSING)
    with answering(GONE):
        page, other = what_if(found, step, query.rule, str(query.page))
    inside = page_of(page, query.page, other_rewards(other))
    return WhatIf(
        rule=query.rule,
        used=found.typed.rpt.reward,
        groups=inside.items,
        before=other.before,
        after=other.after,
        mean_before=other.mean_before,
        mean_after=other.mean_after,
        **inside.model_dump(include={"page", "pages", "total"}),
    )


@router.get(
    "/runs/{int:run}/rollouts.jsonl",
    response=replies(None),
    summary="Export rollouts",
    openapi_extra=content(JSON_LINES),
)
def export_rollouts(request: HttpRequest, run: int, query: Query[ExportQuery]) -> Any:
    """A line for each rollout of some steps, by step, group and sample: context, continuation, response, reward ...

    `python -m training reward` reads the lines. A group that cannot be read gives one line with an `error`.
    """
    found = own_run(request.user, run)
    last = found.step if query.last is None else query.last
    name = content_disposition_header(True, f"{safe_name(found.name)}-rollouts.jsonl") or "attachment"
    return StreamingHttpResponse(
        rollout_lines(found, query.first, last, reason=query.reason, tokens=query.tokens),
        content_type=JSON_LINES,
        headers={"Content-Disposition": name},
    )


@router.get("/runs/{int:run}/rollouts", response=replies(RolloutPage), summary="Find rollouts")
def find_rollouts(request: HttpRequest, run: int, query: Query[RolloutQuery]) -> Any:
    """All rollouts of a run, filtered, searched and sorted, 50 a page. Of several attempts at a step the latest.

    Matches are counted and paged through up to 10,000, or the newest 1,000 where very many hold the words.
    """
    found_run = own_run(request.user, run)
    found = search(found_run, request.user, query.filters(), query.page)
    state = indexed(found_run)
    inside = found.number == query.page
    return RolloutPage(
        items=[rollout_out(row) for row in rollout_rows(found_run, request.user, found.rows)]
        if inside
        else [],
        page=query.page,
        pages=found.pages,
        total=found.total,
        more=found.more,
        newest_only=found.newest_only,
        indexed_step=state.step,
        behind=state.behind,
        unreadable=state.unreadable,
    )


@router.get(
    "/runs/{int:run}/rollouts/selection.jsonl",
    response=replies(None),
    summary="Export a selection",
    openapi_extra=content(JSON_LINES),
)
def export_selection(request: HttpRequest, run: int, query: Query[SelectionQuery]) -> Any:
    """A line for each rollout that the filters find, in their order, at most 10,000: all that is stored of it.

    The header `X-Rollouts` says how many lines there are, `X-Rollouts-Left-Out` is 1 where more match.
    """
    found = own_run(request.user, run)
    keys, more = query.id[:MOST_EXPORTED], len(query.id) > MOST_EXPORTED
    if not keys:
        keys, more = keys_in_order(found, request.user, query.filters(), MOST_EXPORTED)
    name = f"{safe_name(found.name)}-{len(keys)}-rollouts.jsonl"
    return StreamingHttpResponse(
        selection_lines(found, request.user, keys, tokens=query.tokens),
        content_type=JSON_LINES,
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
            "X-Rollouts": str(len(keys)),
            "X-Rollouts-Left-Out": str(int(more)),
        },
    )


@router.get("/runs/{int:run}/marks", response=replies(list[MarkOut]), summary="List your stars and notes")
def list_marks(request: HttpRequest, run: int) -> Any:
    """Yours in this run, newest first."""
    return [mark_out(mark) for mark in Mark.objects.of(request.user, own_run(request.user, run))]


@router.put(
    f"{_STEP}/groups/{{int:group}}/mark",
    response=replies(MarkOut),
    summary="Star or annotate",
)
def mark_rollout(request: HttpRequest, run: int, step: int, group: int, body: MarkIn) -> Any:
    """Sets your star or note on a rollout, or without a sample on the group as a whole."""
    row = _row(own_run(request.user, run), step, group)
    rollout = None
    if body.sample is not None:
        rollout = Rollout.objects.filter(group=row, sample=body.sample).first()
        if rollout is None:
            raise Answer(f"Group {group} has no rollout {body.sample}.", status=MISSING, field="sample")
    if body.starred is None and body.note is None:
        remedy = "Send `starred`, `note` or both."
        raise Answer("There is nothing to change.", status=INVALID, remedy=remedy)
    with answering(INVALID):
        if body.note is not None:
            mark = annotate(request.user, row, rollout, body.note)
        if body.starred is not None:
            mark = star(request.user, row, rollout, body.starred)
    return mark_out(mark)


def _with_step(request: HttpRequest, pk: int, step: int) -> Run:
    run = own_run(request.user, pk)
    if not RolloutGroup.objects.of_run(run).filter(step=step).exists():
        raise Answer(f"Step {step} has no rollouts.", status=MISSING)
    return run


def _row(run: Run, step: int, group: int) -> RolloutGroup:
    row: RolloutGroup | None = RolloutGroup.objects.of_run(run).of_step(step).filter(group=group).first()
    if row is None:
        raise Answer(f"Step {step} has no group {group}.", status=MISSING)
    return row

"""Runs side by side: what differs, where they stand, and what another reward would have made of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from webapp.api.errors import MISSING, Answer
from webapp.api.schemas.common import replies
from webapp.api.schemas.compare import (
    Compared,
    ContextsOut,
    GroupLine,
    GroupsOut,
    GroupsQuery,
    RunsQuery,
    UnderRulesOut,
    WhatIfQuery,
    contrast_out,
    final_out,
    score_set,
    setting_out,
    under_rules_out,
)
from webapp.compare.contexts import shared_contexts
from webapp.compare.finals import WINDOW, baseline_keys, finals, tile_keys
from webapp.compare.overlay import Limits, group_lines
from webapp.compare.scores import scores_of
from webapp.compare.settings_diff import differences, grouped
from webapp.compare.what_if import compare_rules, latest_steps, usual_range
from webapp.runs.access import own_run
from webapp.runs.models import Run

router = Router(tags=["Compare"])


@router.get("/compare", response=replies(Compared), summary="Compare runs")
def compare_runs(request: HttpRequest, query: Query[RunsQuery]) -> Any:
    """Settings that differ, where the metrics stand, and held-out scores with intervals: `?runs=1&runs=2`.

    Scores of unlike sets stand in sets of their own. Curves are those of `GET /api/runs/{run}/series`.
    """
    runs = named_runs(request, query.runs)
    scores = scores_of(runs)
    keys = (*tile_keys(runs), *baseline_keys(runs))
    return Compared(
        runs=[run.pk for run in runs],
        window=WINDOW,
        settings=[setting_out(row) for row in differences(runs)],
        finals=[final_out(row) for row in finals(runs, keys)],
        scores=[score_set(table) for table in scores.tables],
        refusal=str(scores.refusal),
        unmeasured=[run.pk for run in scores.unmeasured],
    )


@router.get("/compare/what-if", response=replies(UnderRulesOut), summary="Compare runs under another reward")
def runs_under_another_reward(request: HttpRequest, query: Query[WhatIfQuery]) -> Any:
    """Each run's mean reward, share of groups with signal and place under two rewards, from stored rollouts."""
    runs = named_runs(request, query.runs)
    usual = usual_range(latest_steps(runs).values())
    first = usual[0] if query.first is None else query.first
    last = usual[1] if query.last is None else query.last
    if not runs:
        return UnderRulesOut(first=first, last=last, unlike="", rows=[], changed=[])
    return under_rules_out(compare_rules(runs, query.rule, query.than, first, last))


@router.get("/compare/groups", response=replies(GroupsOut), summary="Compare groups of runs")
def groups_of_runs(request: HttpRequest, query: Query[GroupsQuery]) -> Any:
    """The mean and the band of one metric over the runs that share a setting's value."""
    groups = grouped(named_runs(request, query.runs), query.setting)
    lines = group_lines(groups, query.key, Limits(query.first, query.last))
    return GroupsOut(groups=[GroupLine.model_validate(line) for line in lines])


@router.get(
    "/runs/{int:run}/contexts/{int:other}",
    response=replies(ContextsOut),
    summary="Compare two runs' contexts",
)
def shared_by_two_runs(request: HttpRequest, run: int, other: int) -> Any:
    """Contexts that two runs of one corpus were both asked at: where one wins and the other fails."""
    if run == other:
        own_run(request.user, run)
        raise Answer("That is one and the same run.", field="other", remedy="Name another run.")
    found = shared_contexts(own_run(request.user, run), own_run(request.user, other))
    return ContextsOut(
        shared=found.shared,
        one_better=found.one_better,
        other_better=found.other_better,
        one_wins=[contrast_out(one) for one in found.one_wins],
        other_wins=[contrast_out(one) for one in found.other_wins],
    )


def named_runs(request: HttpRequest, numbers: list[int]) -> list[Run]:
    """The user's runs in the order of the request. Another user's is 404."""
    wanted = list(dict.fromkeys(numbers))
    found = {run.pk: run for run in Run.objects.owned_by(request.user).with_job().filter(pk__in=wanted)}
    missing = [number for number in wanted if number not in found]
    if missing:
        raise Answer(f"There is no such run as {missing[0]}.", status=MISSING, field="runs")
    return [found[number] for number in wanted]

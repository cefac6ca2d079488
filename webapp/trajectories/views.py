"""The rollouts of a run: the groups of a step, and one group with what it was judged against."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from training.contract.errors import ForesightError
from training.contract.rollout_file import GroupRecord
from webapp.runs.access import own_run
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.graded import GradedView, graded_view
from webapp.trajectories.group import GroupView, group_view, load_group, same_context
from webapp.trajectories.hit_chart import Asked, hit_chart
from webapp.trajectories.listing import Filters, neighbours, reason_choices, sorts_of, step_groups
from webapp.trajectories.models import Mark
from webapp.trajectories.reasons import KINDS, right_word
from webapp.trajectories.rules import RULES
from webapp.trajectories.what_if import what_if
from webapp.words.sentences import translated


@require_safe
def step(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    run = own_run(request.user, pk)
    steps = RolloutGroup.objects.of_run(run).steps()
    if step not in steps:
        return render(
            request, "trajectories/no_step.html", {"run": run, "step": step, "steps": steps}, status=404
        )
    filters = Filters.of(request.GET)
    page, rows = step_groups(run, step, filters, request.GET.get("page"))
    stored = RolloutGroup.objects.of_run(run).kinds()
    kinds = {kind: label for kind, label in KINDS.items() if kind in stored}
    before, after = neighbours(steps, step)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "run": run,
        "step": step,
        "page": page,
        "rows": rows,
        "filters": filters,
        "kinds": kinds,
        "of_tokens": "token" in kinds,
        "reasons": reason_choices(kinds),
        "sorts": sorts_of(kinds),
        "before": before,
        "after": after,
        "query": query.urlencode(),
    }
    return render(request, "trajectories/step.html", context)


@require_safe
def other_reward(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """The step's groups under another reward, `?rule=`. Only next-token groups have others."""
    run = own_run(request.user, pk)
    if run.method != "rpt":
        raise Http404("Its method has no other reward.")
    steps = RolloutGroup.objects.of_run(run).steps()
    if step not in steps:
        return render(
            request, "trajectories/no_step.html", {"run": run, "step": step, "steps": steps}, status=404
        )
    used = run.typed.rpt.reward
    usual = next(name for name in RULES if name != used)
    rule = request.GET.get("rule", usual)
    rule = rule if rule in RULES else usual
    before, after = neighbours(steps, step)
    context: dict[str, Any] = {
        "run": run,
        "step": step,
        "rule": rule,
        "rule_label": RULES[rule],
        "rules": RULES,
        "used": used,
        "before": before,
        "after": after,
    }
    try:
        context["page"], context["view"] = what_if(run, step, rule, request.GET.get("page"))
    except ForesightError as error:
        context["error"] = {"message": error.message, "remedy": error.remedy}
        return render(request, "trajectories/what_if.html", context, status=410)
    return render(request, "trajectories/what_if.html", context)


@require_safe
def group(request: HttpRequest, pk: int, step: int, group: int) -> HttpResponse:
    """One group; `?format=json` gives its record as it is stored."""
    run = own_run(request.user, pk)
    groups = RolloutGroup.objects.of_run(run).of_step(step)
    row = groups.filter(group=group).first()
    if row is None:
        raise Http404(f"Step {step} has no group {group}.")
    context = {"run": run, "row": row, **_around(run, row, sorted(groups.values_list("group", flat=True)))}
    try:
        record = load_group(run, row)
    except ForesightError as error:
        problem = {"message": error.message, "remedy": error.remedy}
        return render(request, "trajectories/unreadable.html", {**context, "error": problem}, status=410)
    if request.GET.get("format") == "json":
        return HttpResponse(record.model_dump_json(indent=2), content_type="application/json")
    context |= _shown(request, run, row, record)
    return render(request, f"trajectories/{context['page']}.html", context)


def _shown(request: HttpRequest, run: Run, row: RolloutGroup, record: GroupRecord) -> dict[str, Any]:
    """What the page of a group is given of its record, and of the reader's marks."""
    elsewhere = same_context(run, row)
    view: GroupView | GradedView
    if record.kind == "token":
        view = group_view(record, run.typed.rpt.reward)
    else:
        view = graded_view(record, run.config.get("method", {}).get("rule", "prefix"))
    marks = {mark.rollout_id: mark for mark in Mark.objects.of(request.user, run).filter(group=row)}
    keys = dict(Rollout.objects.filter(group=row).values_list("sample", "pk"))
    asked = [Asked(one.step, one.group, one.hits, one.samples) for one in elsewhere]
    return {
        "page": "group_token" if record.kind == "token" else "group_graded",
        "view": view,
        "kind": KINDS.get(record.kind, record.kind),
        "right": translated(right_word(record.kind)),
        "rollouts": [(item, marks.get(keys.get(item.rollout.sample, 0))) for item in view.rollouts],
        "group_mark": marks.get(None),
        "entropies": any(rollout.entropies for rollout in record.rollouts),
        "elsewhere": elsewhere,
        "chart": hit_chart([*asked, Asked(row.step, row.group, view.hits, len(record.rollouts))], row.step),
    }


def _around(run: Run, row: RolloutGroup, groups: list[int]) -> dict[str, int | None]:
    """The groups and steps beside this one."""
    group_before, group_after = neighbours(groups, row.group)
    step_before, step_after = neighbours(RolloutGroup.objects.of_run(run).steps(), row.step)
    return {
        "group_before": group_before,
        "group_after": group_after,
        "step_before": step_before,
        "step_after": step_after,
    }

"""Table 2 and the three panels of the user's own runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.evaluations.made_tasks import (
    made_answers,
    made_tasks_event,
    made_tasks_result,
    make_rlvr_run,
)
from tests.webapp.evaluations.test_evaluations import data_of
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
from webapp.compare.difference import Share, delta
from webapp.evaluations.task_projection import project_run
from webapp.papers.table2 import start_of, tables_of
from webapp.runs.models import Run


def tell(run: Run, step: int, right: tuple[int, ...], name: str = "task", prompt: str = "short") -> None:
    result = made_tasks_result(made_answers(right, name=name), prompt=prompt)
    project_run(run.job, 1, [made_tasks_event(step, result)])


def of_method(owner: Any, kind: str, name: str) -> Run:
    run = make_bare_run(owner, MadeRun(name))
    run.config["method"] = {"kind": kind}
    run.save()
    return run


@pytest.fixture
def starts(home: Any, user: Any) -> dict[str, Run]:
    """A run of RLVR from each kind of start, in the order of the table."""
    found = {"base": make_rlvr_run(user, "rlvr base", steps_asked=20)}
    for kind in ("ntp", "rpt", "rlpt"):
        parent = make_checkpoint(of_method(user, kind, f"{kind} run"), 15)
        found[kind] = make_rlvr_run(user, f"rlvr {kind}", start=parent, steps_asked=20)
    return found


def test_runs_are_grouped_by_what_they_began_with(starts: dict[str, Run], user: Any) -> None:
    assert {kind: start_of(run) for kind, run in starts.items()} == {kind: kind for kind in starts}
    again = make_rlvr_run(user, "once more", start=make_checkpoint(starts["rpt"], 20))
    assert start_of(again) == "rpt"
    lost = make_rlvr_run(user, "lost", start=make_checkpoint(starts["base"], 20))
    lost.start_checkpoint = None
    assert start_of(lost) == ""


def test_table_holds_the_scores_at_step_0_and_at_the_latest_step(starts: dict[str, Run], user: Any) -> None:
    for place, run in enumerate(starts.values()):
        tell(run, 0, (place, 0, 1, 4))
        tell(run, 10, (1, 1, 1, 1))
        tell(run, 20, (4, 4, place, 4))
    (table,) = tables_of(user).tables
    assert (table.source, table.problems, table.filled, table.asked_alike) == ("arithmetic", 4, 4, True)
    assert [row.label for row in table.rows] == [
        "Base", "+ continual next-token training", "+ RPT", "+ RLPT",
    ]  # fmt: skip
    rpt = table.rows[2].lines[0]
    before, after = rpt.scores
    assert before and after and rpt.after
    assert (before.correct, after.correct, rpt.after.evaluation.step) == (7, 14, 20)
    assert rpt.change == delta(Share(14 / 16, after.low, after.high), Share(7 / 16, before.low, before.high))


def test_page_shows_filled_cells_and_how_to_fill_the_others(
    starts: dict[str, Run], client_signed_in: Client
) -> None:
    tell(starts["base"], 0, (1, 1))
    tell(starts["base"], 20, (3, 3))
    tell(starts["rpt"], 0, (2, 2))
    page = client_signed_in.get(reverse("after-rlvr")).content.decode()
    assert "25.0 %" in page and "75.0 %" in page and "+50.0" in page
    assert "step 0 of 20" in page  # the RPT one has not gone a step
    links = re.findall(r'href="([^"]*experiments/new[^"]*)">.*?</svg>([^<]*)</a>', page)
    words = {text: address.replace("&amp;", "&") for address, text in links}
    (ntp,) = [address for text, address in words.items() if text == "Run RLVR from ntp run, step 15"]
    parent = starts["ntp"].start_checkpoint
    assert parent and f"start=run%3A{parent.run_id}%2Fstep%3A15" in ntp
    assert any(f"from={starts[kind].experiment_id}&" in ntp for kind in ("base", "rpt"))


def test_runs_that_differ_in_more_than_their_start_are_said_to(starts: dict[str, Run], user: Any) -> None:
    tell(starts["base"], 0, (1, 1))
    tell(starts["rpt"], 0, (1, 1), prompt="boxed")
    run = starts["rpt"]
    run.experiment.config["cold_start"]["steps"] = 3
    run.experiment.save()
    (table,) = tables_of(user).tables
    assert not table.asked_alike
    assert table.differing == ("Steps",)


def test_another_problem_set_is_another_table(starts: dict[str, Run], client_signed_in: Client) -> None:
    tell(starts["base"], 0, (1, 1))
    tell(starts["base"], 20, (1, 1))
    tell(starts["rpt"], 0, (1, 1, 1), name="else")
    first, second = tables_of(starts["base"].owner).tables
    assert (first.problems, second.problems) == (2, 3)
    page = client_signed_in.get(reverse("after-rlvr"), {"set": second.key}).content.decode()
    assert f"3 held-out problems, set {second.key[:8]}" in page


def test_page_without_a_run_says_what_each_row_needs(home: Any, user: Any, client_signed_in: Client) -> None:
    page = client_signed_in.get(reverse("after-rlvr")).content.decode()
    assert "No run of RLVR has measured held-out problems yet" in page
    assert "preset=rlvr-demo-cpu&amp;start=base" in page
    assert "Needs the checkpoint of an RPT run: launch one first" in page


def test_run_that_measures_nothing_is_named(starts: dict[str, Run], client_signed_in: Client) -> None:
    run = starts["base"]
    run.config["evaluation"]["every"] = 0
    run.save()
    page = client_signed_in.get(reverse("after-rlvr")).content.decode()
    assert "“Evaluate every” is 0" in page and "has made no evaluation yet" in page


def test_form_opens_with_the_start_of_the_row(starts: dict[str, Run], client_signed_in: Client) -> None:
    new, parent = reverse("experiment-new"), starts["rpt"].start_checkpoint
    assert parent
    page = client_signed_in.get(new, {"from": starts["base"].experiment_id, "start": parent.reference})
    assert f'value="{parent.reference}"' in page.content.decode()
    assert re.search(r'name="cold_start.steps"[^>]*value="24"', page.content.decode())  # as the other rows
    page = client_signed_in.get(new, {"from": starts["rpt"].experiment_id, "start": "base"})
    assert f' value="{parent.reference}"' not in page.content.decode()


def test_panels_of_chosen_runs_have_their_colours_and_metrics(
    starts: dict[str, Run], user: Any, client_signed_in: Client
) -> None:
    strict = of_method(user, "rlpt", "strict")
    numbers = f"{starts['rlpt'].pk},{strict.pk}"
    page = client_signed_in.get(reverse("panels"), {"runs": numbers}).content.decode()
    assert re.findall(r'data-key="([^"]+)"', page) == [
        "reward/mean", "response/length", "eval/answers/pass_1", "eval/segments/asr", "eval/segments/msr",
    ]  # fmt: skip
    data = data_of(page, "panels-data")
    assert [(run["id"], run["name"]) for run in data["runs"]] == [
        (starts["rlpt"].pk, "rlvr rlpt"), (strict.pk, "strict"),
    ]  # fmt: skip
    assert (data["active"], data["url"]) == (True, reverse("compare-series"))


def test_panels_without_runs_offer_those_that_have_them(
    starts: dict[str, Run], client_signed_in: Client
) -> None:
    page = client_signed_in.get(reverse("panels")).content.decode()
    offered = set(re.findall(r'name="runs" value="(\d+)"', page))
    assert str(starts["base"].pk) in offered
    control = Run.objects.get(name="ntp run")
    assert str(control.pk) not in offered
    page = client_signed_in.get(reverse("panels"), {"runs": control.pk}).content.decode()
    assert "has no reward, and so no panels" in page


def test_tables_and_panels_of_somebody_else_are_not_there(starts: dict[str, Run], other_user: Any) -> None:
    tell(starts["base"], 0, (1, 1))
    client = Client()
    client.force_login(other_user)
    assert b"rlvr base" not in client.get(reverse("after-rlvr")).content
    page = client.get(reverse("panels"), {"runs": starts["base"].pk}).content
    assert b"rlvr base" not in page and b"is not there, or not yours" in page

"""Table 2, the panels, thresholds and groups of runs over the API, with exact values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.compare.test_numbers import write
from tests.webapp.evaluations.made_tasks import make_rlvr_run
from tests.webapp.made_run import MadeRun, make_bare_run
from tests.webapp.papers.test_pages import tell
from webapp.compare.difference import Share, delta
from webapp.evaluations.models import TaskEvaluation


def test_table_2_has_before_after_and_their_difference(
    program: Program, other_program: Program, user: Any
) -> None:
    run, idle = make_rlvr_run(user, "from the base"), make_rlvr_run(user, "idle")
    tell(run, 0, (1, 0, 1, 4))
    tell(run, 20, (4, 4, 2, 4))
    found = program.get("/papers/after-rlvr").json()
    (table,) = found["tables"]
    assert (table["source"], table["problems"], table["asked_alike"]) == ("arithmetic", 4, True)
    assert [row["label"] for row in table["rows"]][::2] == ["Base", "+ RPT"]
    assert [len(row["runs"]) for row in table["rows"]] == [1, 0, 0, 0]
    (line,) = table["rows"][0]["runs"]
    shares = [
        Share(score.accuracy, score.low, score.high)
        for one in TaskEvaluation.objects.order_by("step")
        for score in one.typed.scores
    ]
    change = delta(shares[1], shares[0])
    assert (line["run"], line["before"][0], line["after"][0], line["after_step"]) == (
        run.pk,
        0.375,
        0.875,
        20,
    )
    assert line["change"] == [change.value, change.low, change.high]
    assert found["waiting"] == [idle.pk]
    assert other_program.get("/papers/after-rlvr").json() == {"tables": [], "waiting": []}


def test_panels_have_a_line_for_each_run(program: Program, other_program: Program, user: Any) -> None:
    one, other = (make_bare_run(user, MadeRun(name)) for name in ("one", "other"))
    write(one, {1: 0.25, 2: 0.5})
    found = program.get("/papers/panels", runs=[one.pk, other.pk]).json()
    assert [panel["key"] for panel in found] == ["reward/mean", "response/length", "eval/reasoning/easy"]
    assert found[0]["lines"] == [
        {"run": one.pk, "step": [1, 2], "value": [0.25, 0.5], "total": 2, "sampled": False}
    ]
    assert found[1]["lines"] == []
    assert other_program.get("/papers/panels", runs=[one.pk]).status_code == 404


def test_groups_are_means_and_bands_of_runs_with_one_value(
    program: Program, other_program: Program, user: Any
) -> None:
    runs = [make_bare_run(user, MadeRun(f"run {number}")) for number in range(2)]
    write(runs[0], {1: 1.0, 2: 2.0})
    write(runs[1], {1: 3.0, 2: 2.0})
    numbers = [run.pk for run in runs]
    query = {"runs": numbers, "key": "reward/mean", "setting": "optimisation.learning_rate"}
    (line,) = program.get("/compare/groups", **query).json()["groups"]
    assert (line["label"], line["runs"], line["mean"], line["count"]) == ("2e-05", 2, [2.0, 2.0], [2, 2])
    assert line["low"] == pytest.approx([2 - 2**0.5, 2.0])
    (late,) = program.get("/compare/groups", **query, first=2).json()["groups"]
    assert late["step"] == [2]
    assert other_program.get("/compare/groups", **query).status_code == 404


def test_thresholds_are_changed_one_by_one_and_reset(
    program: Program, other_program: Program, user: Any
) -> None:
    def held(caller: Program) -> dict[str, float]:
        return {one["name"]: one["value"] for one in caller.get("/thresholds").json()}

    usual = held(program)
    answer = program.call("PUT", "/thresholds", {"values": {"kl_bad": 7.5}}, "application/json")
    assert answer.status_code == 200
    assert held(program) == {**usual, "kl_bad": 7.5}
    program.call("PUT", "/thresholds", {"values": {"noise": 3}}, "application/json")
    assert held(program) == {**usual, "kl_bad": 7.5, "noise": 3.0}
    assert held(other_program) == usual
    for values, field in (({"kl_good": 9}, "kl_good"), ({"noise": -1}, "noise"), ({"loud": 1}, "loud")):
        refused = program.call("PUT", "/thresholds", {"values": values}, "application/json")
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert program.delete("/thresholds").status_code == 200
    assert held(program) == usual

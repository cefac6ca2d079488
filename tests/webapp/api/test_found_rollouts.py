"""Finding, marking and exporting rollouts through the API: what it answers, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.trajectories.made_search import make_searched_run
from training.contract.patterns import KEYWORDS
from webapp.api.schemas import rollouts as shapes
from webapp.runs.models import Run
from webapp.trajectories.models import Mark
from webapp.trajectories.reasons import REASONS
from webapp.trajectories.rollout_filters import MARKED, SORTS, WHERE
from webapp.trajectories.ruler import CLASSES


@pytest.fixture
def run(user: Any, home: Path) -> Run:
    return make_searched_run(user)


def test_choices_are_those_of_the_page() -> None:
    assert get_args(shapes.Where) == tuple(WHERE)
    assert get_args(shapes.Marked) == tuple(MARKED)
    assert get_args(shapes.RolloutSort) == tuple(SORTS)
    assert get_args(shapes.Miss) == ("", *CLASSES)
    assert get_args(shapes.Pattern) == ("", "any", *KEYWORDS)
    assert set(get_args(shapes.Reason)) == {"", *REASONS}


def test_rollout_comes_with_what_it_was_found_by(program: Program, run: Run) -> None:
    answer = program.get(f"/runs/{run.pk}/rollouts?miss=form").json()
    (found,) = answer["items"]
    assert {name: found[name] for name in ("step", "group", "sample", "reason", "miss", "prediction")} == {
        "step": 2, "group": 0, "sample": 1, "reason": "mismatch", "miss": "form", "prediction": " SIZE",
    }  # fmt: skip
    assert (found["patterns"], found["starred"], found["note"]) == (["deduction"], False, "")
    assert (answer["total"], answer["pages"], answer["indexed_step"]) == (1, 1, 4)


def test_page_beyond_the_last_is_empty(program: Program, run: Run) -> None:
    answer = program.get(f"/runs/{run.pk}/rollouts?page=2").json()
    assert (answer["items"], answer["page"], answer["total"]) == ([], 2, 5)


@pytest.mark.parametrize("query", ["miss=nonsense", "first=-1", "reward_min=x", "page=0", "q=!!!"])
def test_faulty_query_is_refused(program: Program, run: Run, query: str) -> None:
    assert program.get(f"/runs/{run.pk}/rollouts?{query}").status_code == 422


def test_mark_keeps_what_is_not_sent(program: Program, run: Run) -> None:
    place = f"/runs/{run.pk}/steps/1/groups/0/mark"
    assert program.call("PUT", place, '{"sample": 1, "starred": true}', "application/json").json()["starred"]
    second = program.call("PUT", place, '{"sample": 1, "note": "odd"}', "application/json").json()
    assert (second["starred"], second["note"], second["sample"]) == (True, "odd", 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [("{}", 422), ('{"sample": 9, "starred": true}', 404), (f'{{"note": "{"x" * 4001}"}}', 422)],
)
def test_mark_that_cannot_be_set_is_refused(program: Program, run: Run, body: str, status: int) -> None:
    answer = program.call("PUT", f"/runs/{run.pk}/steps/1/groups/0/mark", body, "application/json")
    assert (answer.status_code, Mark.objects.count()) == (status, 0)


def test_selection_says_how_many_lines_it_has(
    program: Program, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = program.get(f"/runs/{run.pk}/rollouts/selection.jsonl?reason=mismatch")
    assert (answer["X-Rollouts"], answer["X-Rollouts-Left-Out"]) == ("3", "0")
    monkeypatch.setattr("webapp.api.operations.rollouts.MOST_EXPORTED", 2)
    answer = program.get(f"/runs/{run.pk}/rollouts/selection.jsonl?reason=mismatch")
    assert (answer["X-Rollouts"], answer["X-Rollouts-Left-Out"]) == ("2", "1")

"""Which runs the address names, how they are drawn, and in what settings they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict

from tests.webapp.made_comparison import changed
from tests.webapp.made_run import MadeRun, make_bare_run
from tests.webapp.made_tuning import make_tuning_run
from webapp.compare.chosen import MAX_RUNS, chosen_runs, line_slots
from webapp.compare.settings_diff import differences, grouped
from webapp.runs.listing import numbers_of
from webapp.runs.models import Run


def bare(user: Any, count: int, **made: Any) -> list[Run]:
    return [make_bare_run(user, MadeRun(f"run {number}", **made)) for number in range(count)]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [(["1,2", "3"], [1, 2, 3]), (["2, 2,x", "-1", "9" * 13, "2"], [2]), ([""], [])],
)
def test_numbers_are_read_once_each_in_order(texts: list[str], numbers: list[int]) -> None:
    assert numbers_of(texts) == numbers


def test_runs_come_in_the_order_of_the_address_and_strangers_are_only_counted(
    home: Path, user: Any, other_user: Any
) -> None:
    first, second = bare(user, 2)
    theirs = make_bare_run(other_user, MadeRun("theirs"))
    query = QueryDict(f"runs={second.pk},{theirs.pk}&runs={first.pk},{first.pk + 1000}")
    found = chosen_runs(user, query)
    assert found.runs == (second, first)
    assert (found.missing, found.cut, found.numbers) == (2, 0, f"{second.pk},{first.pk}")


def test_no_more_than_the_most_runs_are_compared(home: Path, user: Any) -> None:
    runs = bare(user, MAX_RUNS + 2)
    found = chosen_runs(user, QueryDict("runs=" + ",".join(str(run.pk) for run in runs)))
    assert (len(found.runs), found.cut) == (MAX_RUNS, 2)


def test_run_keeps_its_colour_and_takes_another_dash_where_it_is_taken(home: Path, user: Any) -> None:
    runs = [make_bare_run(user, MadeRun(str(colour), colour=colour)) for colour in (2, 0, 2, 8, 2)]
    # 2 is solid, 8 the same dashed, 14 the same dotted; a fifth of one colour has to repeat its own.
    assert list(line_slots(runs).values()) == [2, 0, 8, 14, 2]


def test_only_settings_that_differ_are_listed_in_the_order_of_the_schema(home: Path, user: Any) -> None:
    one, other = bare(user, 2)
    changed(one, seed=3, optimisation__learning_rate=5e-5)
    changed(other, sampling__top_p=0.9)
    rows = [(row.name, row.title, row.values) for row in differences([one, other])]
    assert rows == [
        ("seed", "Seed", ("3", "0")),
        ("sampling.top_p", "Top p", ("1", "0.9")),
        ("optimisation.learning_rate", "Learning rate", ("5e-05", "2e-05")),
    ]


def test_names_do_not_differ_and_corpora_go_by_their_name(home: Path, user: Any) -> None:
    one, other = bare(user, 2)
    assert differences([one, other]) == ()
    assert differences([one]) == ()
    changed(other, data__corpus="/somewhere/else/documents.jsonl")
    assert differences([one, other]) == ()  # both are of the corpus "Python language reference"


def test_setting_that_a_method_has_not_is_absent(home: Path, user: Any) -> None:
    (grpo,) = bare(user, 1)
    tuning = make_tuning_run(user)
    rows = {row.name: row.values for row in differences([grpo, tuning])}
    assert rows["method.epochs"] == ("–", "3")
    assert rows["method.kind"] == ("rpt", "sft")


def test_runs_group_by_the_value_of_a_setting(home: Path, user: Any) -> None:
    runs = bare(user, 3)
    changed(runs[1], optimisation__learning_rate=5e-5)
    assert grouped(runs, "optimisation.learning_rate") == {"2e-05": (runs[0], runs[2]), "5e-05": (runs[1],)}
    assert grouped(runs, "no.such.setting") == {"–": tuple(runs)}

"""What the filters and the search over a run's rollouts find. Runs on either database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.webapp.trajectories.made_search import make_searched_run
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories import rollout_search
from webapp.trajectories.rollout_filters import RolloutFilters, read_filters
from webapp.trajectories.rollout_search import keys_in_order, search
from webapp.trajectories.services.annotate import annotate
from webapp.trajectories.services.star import star


@pytest.fixture
def run(user: Any, home: Path) -> Run:
    return make_searched_run(user)


def found(run: Run, **parts: str) -> list[str]:
    """The rollouts that an address finds, as step/sample."""
    filters, errors = read_filters(parts)
    assert errors == {}
    rows = search(run, run.owner, filters).rows
    return [f"{row.step}/{row.rollout.sample}" for row in rows]


HIT, SHARED, CUT, FORM, LATE = "1/0", "1/1", "2/0", "2/1", "4/0"


@pytest.mark.parametrize(
    ("parts", "rollouts"),
    [
        ({}, [LATE, CUT, FORM, HIT, SHARED]),
        ({"sort": "oldest"}, [HIT, SHARED, CUT, FORM, LATE]),
        ({"sort": "best"}, [HIT, LATE, CUT, FORM, SHARED]),
        ({"sort": "worst"}, [LATE, CUT, FORM, SHARED, HIT]),
        ({"sort": "longest"}, [CUT, HIT, FORM, LATE, SHARED]),
        ({"sort": "shortest"}, [SHARED, LATE, FORM, HIT, CUT]),
        ({"sort": "hardest"}, [CUT, FORM, LATE, HIT, SHARED]),
        ({"sort": "advantage"}, [HIT, LATE, CUT, FORM, SHARED]),
        ({"first": "2", "last": "2"}, [CUT, FORM]),
        ({"first": "2"}, [LATE, CUT, FORM]),
        ({"reward_min": "0.5"}, [HIT]),
        ({"reward_max": "0"}, [LATE, CUT, FORM, SHARED]),
        ({"entropy_min": "1,3"}, [CUT, FORM]),
        ({"entropy_max": "1.3"}, [LATE, HIT, SHARED]),
        ({"length_min": "5", "length_max": "9"}, [FORM, HIT]),
        ({"reason": "truncated"}, [CUT]),
        ({"miss": "form"}, [FORM]),
        ({"pattern": "reflection"}, [HIT]),
        ({"pattern": "any"}, [FORM, HIT, SHARED]),
        ({"kind": "token", "miss": "shared"}, [SHARED]),
        ({"kind": "problem"}, []),
    ],
)
def test_filters_and_orders(run: Run, parts: dict[str, str], rollouts: list[str]) -> None:
    assert found(run, **parts) == rollouts


@pytest.mark.parametrize(
    ("query", "where", "rollouts"),
    [
        ("proton", "", [HIT, SHARED]),  # of its own, and through the context
        ("proton", "response", [HIT]),
        ("proton", "context", [HIT, SHARED]),
        ("PROTON size", "response", [HIT]),
        ("proton sea", "response", []),
        ('"the proton"', "response", [HIT]),
        ('"proton the"', "response", []),
        ("prot*", "response", [HIT]),
        ("prot", "response", []),
        ("size", "prediction", [FORM, HIT]),
        ("size", "truth", [CUT, FORM, HIT, SHARED]),
        ("mass", "", [LATE, CUT, FORM]),
        ("质子", "context", [CUT, FORM]),
        ("子质", "context", []),
        ("onerror=alert(1)", "response", [LATE]),
        ("nowhere", "", []),
        ("' OR 1=1 --", "", []),
        ('") NEAR(', "", []),
    ],
)
def test_words_are_searched_in_every_text(run: Run, query: str, where: str, rollouts: list[str]) -> None:
    assert found(run, q=query, where=where) == rollouts


@pytest.mark.parametrize(
    ("parts", "rollouts"),
    [
        ({"q": "proton", "reason": "match"}, [HIT]),
        ({"q": "size", "where": "truth", "last": "1", "sort": "oldest"}, [HIT, SHARED]),
        ({"q": "proton", "first": "2"}, []),
    ],
)
@pytest.mark.parametrize("counted", [10_000, 0])
def test_words_and_filters_go_together_whether_few_or_many_match_the_filters(
    run: Run, parts: dict[str, str], rollouts: list[str], counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout_search, "MOST_COUNTED", counted)
    assert found(run, **parts) == rollouts


def test_very_many_matches_are_counted_to_a_bound(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_search, "MOST_COUNTED", 3)
    page = search(run, run.owner, RolloutFilters())
    assert (page.total, page.more, page.newest_only, len(page.rows)) == (3, True, False, 3)


def test_very_many_matches_of_words_are_the_newest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_search, "MOST_COUNTED", 1)
    monkeypatch.setattr(rollout_search, "MOST_FOUND", 2)
    monkeypatch.setattr(rollout_search, "MATCHES_AT_ONCE", 1)
    page = search(run, run.owner, RolloutFilters(q="size", where="truth", sort="oldest"))
    assert [(row.step, row.rollout.sample) for row in page.rows] == [(2, 0), (2, 1)]
    assert (page.total, page.more, page.newest_only) == (2, True, True)


def test_search_gives_up_after_so_many_looks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_search, "MOST_COUNTED", 0)
    monkeypatch.setattr(rollout_search, "MATCHES_AT_ONCE", 1)
    monkeypatch.setattr(rollout_search, "MOST_LOOKS", 1)
    page = search(run, run.owner, RolloutFilters(q="size", where="prediction", reason="match"))
    assert (page.rows, page.more) == ([], True)


def test_pages_hold_every_match_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_search, "PER_PAGE", 2)
    pages = [search(run, run.owner, RolloutFilters(), number) for number in (1, 2, 3, 9)]
    places = [[(row.step, row.rollout.sample) for row in page.rows] for page in pages]
    assert places == [[(4, 0), (2, 0)], [(2, 1), (1, 0)], [(1, 1)], [(1, 1)]]
    assert [(page.number, page.pages, page.first, page.last) for page in pages[1:3]] == [
        (2, 3, 3, 4),
        (3, 3, 5, 5),
    ]


def test_keys_of_a_selection_are_bounded(run: Run) -> None:
    keys, more = keys_in_order(run, run.owner, RolloutFilters(sort="oldest"), 2)
    assert (list(Rollout.objects.filter(pk__in=keys).values_list("group__step", flat=True)), more) == (
        [1, 1],
        True,
    )
    keys, more = keys_in_order(run, run.owner, RolloutFilters(), 5)
    assert (len(keys), more) == (5, False)


def test_marks_are_a_persons_own(run: Run, other_user: Any) -> None:
    hit = Rollout.objects.get(group__run=run, reason="match")
    step_2 = RolloutGroup.objects.get(run=run, step=2)
    star(run.owner, hit.group, hit, True)
    star(run.owner, step_2, None, True)
    annotate(run.owner, hit.group, hit, "why?")
    star(other_user, hit.group, None, True)
    assert found(run, marked="starred") == [CUT, FORM, HIT]
    assert found(run, marked="noted") == [HIT]
    assert found(run, marked="any", reason="truncated") == [CUT]
    star(run.owner, step_2, None, False)
    assert found(run, marked="starred") == [HIT]


@pytest.mark.parametrize(
    ("part", "given", "sentence"),
    [
        ("first", "two", "First step: “two” is no number."),
        ("reward_min", "nan", "Lowest reward: “nan” is no number."),
        ("length_max", "1e99", "Longest length: “1e99” is no number."),
        ("q", "...", "Type at least one letter or digit: signs alone are not searched."),
    ],
)
def test_part_of_an_address_that_cannot_be_read_is_named(part: str, given: str, sentence: str) -> None:
    filters, errors = read_filters({part: given, "reason": "match"})
    assert (filters.reason, errors) == ("match", {part: sentence})


def test_unknown_choice_narrows_nothing() -> None:
    assert read_filters({"miss": "nonsense", "sort": "random", "where": "under"}) == (RolloutFilters(), {})

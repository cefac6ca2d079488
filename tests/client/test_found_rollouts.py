"""Finding, marking and exporting rollouts through the client, on the real site."""

from __future__ import annotations

from typing import Any

import pytest

from foresight import ApiError, Client
from tests.webapp.trajectories.made_search import make_searched_run
from webapp.runs.models import Run


@pytest.fixture
def run(token: str, user: Any) -> Run:
    return make_searched_run(user)


def test_rollouts_are_found_marked_and_found_by_their_marks(client_of_site: Client, run: Run) -> None:
    rollouts = client_of_site.rollouts
    (found,) = rollouts.search(run.pk, q="proton", where="response")
    assert (found.step, found.group, found.sample, found.miss, found.patterns) == (
        1, 0, 0, "hit", ("reflection",),
    )  # fmt: skip
    mark = rollouts.mark(run.pk, found.step, found.group, found.sample, starred=True, note="why?")
    assert (mark.sample, mark.starred, mark.note) == (0, True, "why?")
    (starred,) = rollouts.search(run.pk, marked="starred")
    assert (starred.id, starred.note) == (found.id, "why?")
    rollouts.mark(run.pk, 2, 0, note="the whole group")
    assert [(one.step, one.sample, one.note) for one in rollouts.marks(run.pk)] == [
        (2, None, "the whole group"),
        (1, 0, "why?"),
    ]


def test_page_says_how_many_match_and_how_far_the_search_is(client_of_site: Client, run: Run) -> None:
    page = client_of_site.rollouts.search_page(run.pk, reward_max=0.0, sort="longest")
    assert [one.length for one in page.items] == [20, 5, 4, 3]
    assert (page.total, page.more, page.indexed_step, page.behind) == (4, False, 4, False)


def test_selection_is_exported_by_filters_and_by_number(client_of_site: Client, run: Run) -> None:
    rollouts = client_of_site.rollouts
    cut = list(rollouts.export_selection(run.pk, reason="truncated"))
    assert [(row["step"], row["class"], row["response"]) for row in cut] == [
        (2, "no_answer", "It goes on and on")
    ]
    ids = [one.id for one in rollouts.search(run.pk, last=1)]
    assert [row["sample"] for row in rollouts.export_selection(run.pk, ids[::-1])] == [1, 0]


def test_unknown_filter_is_a_mistake_and_not_an_empty_answer(client_of_site: Client, run: Run) -> None:
    with pytest.raises(TypeError, match="There is no filter 'rewrad_min'"):
        client_of_site.rollouts.search(run.pk, rewrad_min=1.0)  # type: ignore[call-arg]


def test_words_that_cannot_be_searched_are_refused(client_of_site: Client, run: Run) -> None:
    with pytest.raises(ApiError) as refused:
        list(client_of_site.rollouts.search(run.pk, q="..."))
    assert (refused.value.status, refused.value.field) == (422, "q")

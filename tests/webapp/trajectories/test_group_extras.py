"""What stands beside the rollouts of a group: entropies where they are recorded, marks, the context over steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import write_groups
from tests.webapp.trajectories.made_search import HIT, SHARED, group, make_searched_run
from webapp.runs.models import Rollout, Run
from webapp.trajectories.hit_chart import Asked, hit_chart
from webapp.trajectories.services.annotate import annotate
from webapp.trajectories.services.star import star


@pytest.fixture
def run(user: Any, home: Path) -> Run:
    return make_searched_run(user)


def group_page(client: Client, run: Run, step: int) -> str:
    return str(client.get(reverse("run-group", args=[run.pk, step, 0])).content.decode())


def test_entropy_is_a_colour_where_it_was_recorded(client_signed_in: Client, run: Run) -> None:
    told = HIT.model_copy(update={"entropies": tuple(0.5 for _ in HIT.token_ids)})
    write_groups(run, 1, [group(7, 0, [told, SHARED], "The proton has a", " size and")])
    assert '<option value="entropy">' in group_page(client_signed_in, run, 7)
    page = group_page(client_signed_in, run, 1)
    assert '<option value="entropy">' not in page
    assert "entropy: not recorded" in page


def test_group_shows_the_readers_own_marks(client_signed_in: Client, run: Run, other_user: Any) -> None:
    hit = Rollout.objects.get(group__run=run, reason="match")
    star(run.owner, hit.group, hit, True)
    annotate(run.owner, hit.group, None, "a <i>hard</i> one")
    annotate(other_user, hit.group, hit, "not for you")
    page = group_page(client_signed_in, run, 1)
    assert page.count('data-star aria-pressed="true"') == 1
    assert "a &lt;i&gt;hard&lt;/i&gt; one" in page
    assert "not for you" not in page


def test_context_over_steps_is_drawn_by_its_share_of_hits() -> None:
    chart = hit_chart([Asked(30, 2, 8, 8), Asked(10, 0, 0, 8), Asked(20, 1, 4, 8)], step=20)
    assert chart is not None
    assert [(point.asked.step, point.x, point.y, point.here) for point in chart.points] == [
        (10, 40.0, 76.0, False),
        (20, 332.0, 43.0, True),
        (30, 624.0, 10.0, False),
    ]
    assert chart.line == "40,76 332,43 624,10"


def test_context_that_was_asked_once_has_no_chart() -> None:
    assert hit_chart([Asked(10, 0, 3, 8)], step=10) is None

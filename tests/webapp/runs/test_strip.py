"""The strip of a run's steps: its cells, what they lead to, and on which runs it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import START, MadeRun, make_bare_run, make_run
from tests.webapp.made_tuning import make_tuning_run
from webapp.runs.models import MetricPoint, RolloutGroup, Run
from webapp.runs.page import verdict_context
from webapp.runs.rollups import rebuild
from webapp.runs.strip import Cell, Strip, cell_width, made_cells
from webapp.runs.thinned import Stretch


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path


def write(run: Run, values: dict[str, dict[int, float]], attempt: int = 1) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(run=run, key=key, attempt=attempt, step=step, value=value, time=START + timedelta(seconds=step))
        for key, points in values.items()
        for step, value in points.items()
    )  # fmt: skip
    rebuild(run.pk)


def group_at(run: Run, step: int, attempt: int = 1) -> None:
    RolloutGroup.objects.create(
        run=run, attempt=attempt, step=step, group=0, file="f", offset=0, length=1, document=0, byte_start=step,
        entropy=1.0, context_tail="", truth="", mean_reward=0.0,
    )  # fmt: skip


def strip(run: Run) -> Strip:
    found = verdict_context(run)["strip"]
    assert isinstance(found, Strip)
    return found


def test_run_of_one_step_has_one_cell(user: Any) -> None:
    run = make_bare_run(user, MadeRun(steps_asked=30))
    write(run, {"reward/mean": {1: 0.25}})
    group_at(run, 1)
    found = strip(run)
    assert found.cells == (Cell(1, 1, 0.25, 1, evaluated=False, turns=()),)
    assert (found.width, found.places, found.measure, found.turns) == (1, 30, "hit rate", ())


def test_run_that_has_not_trained_has_no_strip(user: Any, client_signed_in: Client) -> None:
    run = make_bare_run(user, MadeRun(state="queued"))
    assert verdict_context(run)["strip"] is None
    assert "data-strip" not in client_signed_in.get(reverse("run", args=[run.pk])).content.decode()


def test_supervised_run_has_no_strip(user: Any, client_signed_in: Client) -> None:
    run = make_tuning_run(user)
    assert "data-strip" not in client_signed_in.get(reverse("run", args=[run.pk])).content.decode()


def test_evaluation_before_the_first_step_is_a_cell_without_rollouts(user: Any) -> None:
    run = make_bare_run(user)
    write(run, {"reward/mean": {1: 0.5, 3: 1.0}, "eval/reasoning/easy": {0: 0.1, 3: 0.2}})
    assert [(cell.first, cell.rate, cell.evaluated) for cell in strip(run).cells] == [
        (0, None, True), (1, 0.5, False), (2, None, False), (3, 1.0, True),
    ]  # fmt: skip


def test_later_attempt_counts(user: Any) -> None:
    run = make_bare_run(user, MadeRun(resumed_at=2))
    write(run, {"reward/mean": {1: 0.1, 2: 0.2, 3: 0.3}})
    write(run, {"reward/mean": {3: 0.9}}, attempt=2)
    group_at(run, 2)
    group_at(run, 3, attempt=2)
    assert [(cell.last, cell.rate, cell.opens) for cell in strip(run).cells] == [
        (1, 0.1, None), (2, 0.2, 2), (3, 0.9, 3),
    ]  # fmt: skip


def test_cells_double_before_there_are_more_than_two_hundred() -> None:
    assert [cell_width(newest) for newest in (1, 199, 200, 399, 400, 50_000)] == [1, 1, 2, 2, 4, 256]
    assert cell_width(1500, at_least=16) == 16


def test_cell_of_several_steps_has_their_mean_and_leads_to_its_newest_groups() -> None:
    rewards = [Stretch(step, 1, float(step % 2)) for step in range(1, 10)]
    cells = made_cells(rewards, 4, (), opens=[9, 6], evaluated=[4])
    assert [(one.first, one.last, one.rate, one.opens, one.evaluated) for one in cells] == [
        (1, 3, 2 / 3, None, False), (4, 7, 0.5, 6, True), (8, 9, 0.5, 9, False),
    ]  # fmt: skip
    assert cells[1].words("hit rate") == "Steps 4 to 7: hit rate 0.500, evaluated"


@pytest.mark.parametrize(
    ("rate", "shade"),
    [
        (-1.0, 0),
        (0.0, 0),
        (0.01, 1),
        (0.05, 1),
        (0.06, 2),
        (0.3, 4),
        (0.71, 7),
        (1.0, 7),
        (3.0, 7),
        (None, None),
    ],
)
def test_shade_is_absolute(rate: float | None, shade: int | None) -> None:
    assert Cell(1, 1, rate, None, evaluated=False, turns=()).shade == shade


def test_long_run_is_read_from_its_roll_ups(user: Any, django_assert_max_num_queries: Any) -> None:
    run = make_bare_run(user, MadeRun(steps_asked=5000))
    steps = range(1, 5001)
    write(
        run,
        {
            "reward/mean": {step: 0.4 + step // 32 % 2 / 10 for step in steps},
            "policy/entropy": {step: 1.0 if step < 3200 else 0.01 for step in steps},
            "eval/answers/pass_1": dict.fromkeys(range(100, 5001, 100), 0.5),
        },
    )
    for step in range(50, 5001, 50):
        group_at(run, step)
    with django_assert_max_num_queries(20):
        found = strip(run)
    assert (found.width, len(found.cells), found.places) == (32, 157, 157)
    assert [cell.rate for cell in found.cells] == pytest.approx(
        [0.4 + number % 2 / 10 for number in range(157)]
    )
    assert [cell.opens for cell in found.cells[:4]] == [None, 50, None, 100]
    assert [cell.first // 32 for cell in found.cells if cell.evaluated][:3] == [3, 6, 9]
    assert [(turn.check.name, turn.step, turn.until, opens) for turn, opens in found.turns] == [
        ("Exploration", 3215, None, 3200)
    ]


def test_page_says_of_each_cell_what_it_is_and_has_one_stop_of_the_tab_key(
    user: Any, client_signed_in: Client
) -> None:
    run = make_run(user, MadeRun(steps=3, steps_asked=5))
    page = client_signed_in.get(reverse("run", args=[run.pk])).content.decode()
    _, _, rest = page.partition("data-strip")
    cells = rest.partition("</div>")[0]
    rate = MetricPoint.objects.get(run=run, key="reward/mean", step=2).value
    assert f'title="Step 2: hit rate {rate:.3f}"' in cells
    assert f'href="/runs/{run.pk}/steps/3/"' in cells
    assert (cells.count("<a "), cells.count('tabindex="0"'), cells.count('tabindex="-1"')) == (3, 1, 2)


def test_reward_that_gives_parts_of_a_point_is_no_hit_rate(user: Any) -> None:
    run = make_bare_run(user)
    run.config["method"]["reward"] = "dense"
    run.save()
    write(run, {"reward/mean": {1: 0.25}})
    assert strip(run).measure == "mean reward"

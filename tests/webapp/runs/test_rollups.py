"""Roll-ups of points: what stands in a span, in whatever order and batches the points came."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.webapp.made_run import make_bare_run
from training.contract.events import Envelope, Metrics
from webapp.runs.models import MetricPoint, MetricRollup, Run
from webapp.runs.projection import project
from webapp.runs.rollups import WIDTHS, Reading, Span, extended, rebuild, unpacked

TIME = 1767603600


@pytest.fixture
def run(user: Any, home: Any) -> Run:
    return make_bare_run(user)


def tell(run: Run, *points: tuple[int, float], attempt: int = 1, key: str = "m") -> None:
    """One batch of events, a point each."""
    project(
        run.job,
        attempt,
        [
            Envelope(seq=seq, time=TIME + step, event=Metrics(step=step, values={key: value}))
            for seq, (step, value) in enumerate(points, start=1)
        ],
    )


def spans(run: Run, width: int) -> list[Span]:
    rows = MetricRollup.objects.filter(run=run).order_by("key", "attempt", "start")
    return [span for row in rows for span in unpacked(getattr(row, WIDTHS[width]))]


def stored(run: Run) -> list[tuple[Any, ...]]:
    rows = MetricRollup.objects.filter(run=run).order_by("key", "attempt", "start")
    columns = rows.values_list(
        "key", "attempt", "start", "count", "first_step", "last_step", *WIDTHS.values()
    )
    return [(*row[:-3], *map(unpacked, row[-3:])) for row in columns]


def test_points_of_a_span_leave_count_sum_and_extremes(run: Run) -> None:
    tell(run, (1, 2.0), (2, 5.0), (15, -1.0))
    ms = [1000 * (TIME + step) for step in (2, 15)]
    whole = Span(
        points=3, first_step=1, last_step=15, total=6.0,
        low=-1.0, low_step=15, low_time=ms[1], high=5.0, high_step=2, high_time=ms[0],
    )  # fmt: skip
    assert [spans(run, width) for width in (16, 64, 256)] == [[whole]] * 3


def test_span_begins_at_a_multiple_of_its_width(run: Run) -> None:
    tell(run, *((step, float(step)) for step in range(30, 34)))
    assert [(span.first_step, span.last_step) for span in spans(run, 16)] == [(30, 31), (32, 33)]
    assert [(span.first_step, span.last_step) for span in spans(run, 64)] == [(30, 33)]


def test_of_equal_values_the_first_counts() -> None:
    row = extended(extended(None, [Reading(1, 3.0, 10), Reading(2, 3.0, 20)]), [Reading(3, 3.0, 30)])
    (span,) = unpacked(row[16])
    assert (span.low_step, span.high_step, span.points) == (1, 1, 3)


def test_points_in_small_batches_give_what_one_batch_gives(user: Any, home: Any) -> None:
    dice = random.Random(4)
    points = [(step, float(dice.randrange(1000))) for step in range(1, 700) if dice.random() < 0.8]
    one, many = make_bare_run(user), make_bare_run(user)
    tell(one, *points)
    while points:
        size = dice.randrange(1, 60)
        tell(many, *points[:size])
        points = points[size:]
    assert stored(one) == stored(many)


def test_step_written_again_takes_the_place_of_the_first(run: Run) -> None:
    tell(run, (1, 2.0), (2, 9.0), (3, 4.0))
    tell(run, (2, 1.0), (4, 5.0))
    assert [(s.points, s.total, s.low_step, s.high_step) for s in spans(run, 16)] == [(4, 12.0, 2, 4)]


def test_point_that_comes_late_is_in_its_span(run: Run) -> None:
    tell(run, (1, 2.0), (40, 3.0))
    tell(run, (5, 7.0))
    assert [(s.points, s.last_step, s.high) for s in spans(run, 16)] == [(2, 5, 7.0), (1, 40, 3.0)]


def test_attempts_and_metrics_have_spans_of_their_own(run: Run) -> None:
    tell(run, (1, 2.0))
    tell(run, (1, 3.0), attempt=2)
    tell(run, (1, 4.0), key="n")
    assert [(row[0], row[1], row[-1][0].total) for row in stored(run)] == [
        ("m", 1, 2.0),
        ("m", 2, 3.0),
        ("n", 1, 4.0),
    ]


def test_command_makes_the_same_roll_ups_from_the_points(run: Run) -> None:
    dice = random.Random(5)
    tell(run, *((step, float(dice.randrange(1000))) for step in range(1, 1200)))
    tell(run, *((step, float(dice.randrange(1000))) for step in range(900, 1000)), attempt=2)
    before = stored(run)
    MetricRollup.objects.all().delete()
    out = StringIO()
    call_command("rebuild_rollups", stdout=out)
    assert stored(run) == before
    assert out.getvalue() == f"{len(before)} roll-ups of 1 runs\n"


def test_command_for_a_run_that_is_not_there_says_so(run: Run) -> None:
    with pytest.raises(CommandError, match="There is no run 999"):
        call_command("rebuild_rollups", "999")


def test_rebuild_forgets_what_has_no_points(run: Run) -> None:
    tell(run, (1, 2.0))
    MetricPoint.objects.all().delete()
    assert rebuild(run.pk) == 0
    assert stored(run) == []


def test_moment_of_an_extreme_is_that_of_its_point(run: Run) -> None:
    tell(run, (7, 2.0))
    assert datetime.fromtimestamp(spans(run, 16)[0].low_time / 1000, UTC) == MetricPoint.objects.get().time

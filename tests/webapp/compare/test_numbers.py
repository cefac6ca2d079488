"""Differences with intervals, lines that are drawn, means and bands: exact values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.evaluations.made_tasks import made_answers, made_tasks_event, made_tasks_result
from tests.webapp.made_comparison import evaluated, make_comparison
from tests.webapp.made_run import START, MadeRun, make_bare_run
from tests.webapp.made_tuning import make_tuning_run
from training.evaluation.intervals import wilson
from webapp.compare.difference import Share, delta
from webapp.compare.finals import finals, tile_keys
from webapp.compare.overlay import POINTS, Limits, group_lines, run_lines
from webapp.compare.scores import scores_of
from webapp.compare.templatetags.compare_numbers import points, signed
from webapp.evaluations.projection import project_run
from webapp.evaluations.task_projection import project_run as project_task_run
from webapp.runs.models import MetricPoint, Run
from webapp.runs.rollups import rebuild

KEY = "reward/mean"


def write(run: Run, values: dict[int, float], attempt: int = 1, key: str = KEY) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(
            run=run, key=key, attempt=attempt, step=step, value=value, time=START + timedelta(seconds=step)
        )
        for step, value in values.items()
    )


def bare(user: Any, count: int) -> list[Run]:
    return [make_bare_run(user, MadeRun(f"run {number}")) for number in range(count)]


def share(right: int, n: int) -> Share:
    return Share(right / n, *wilson(right, n))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Newcombe (1998), method 10, Table II: (a), (b), (d), (g).
        (share(56, 70), share(48, 80), (0.2, 0.0524, 0.3339)),
        (share(9, 10), share(3, 10), (0.6, 0.1705, 0.8090)),
        (share(5, 56), share(0, 29), (0.0893, -0.0381, 0.1926)),
        (share(10, 10), share(0, 10), (1.0, 0.6075, 1.0)),
    ],
)
def test_difference_of_shares_is_newcombes(one: Share, other: Share, expected: tuple[float, ...]) -> None:
    found = delta(one, other)
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=5e-5)


def test_difference_is_clear_where_its_interval_leaves_zero_out() -> None:
    assert delta(share(56, 70), share(48, 80)).is_clear
    assert not delta(share(50, 80), share(48, 80)).is_clear


def test_differences_are_written_with_their_sign() -> None:
    assert [signed(value) for value in (0.01234, -1.5, 0.0)] == ["+0.0123", "−1.5", "±0"]
    assert [points(value) for value in (0.0234, -0.004)] == ["+2.3", "−0.4"]


def test_lines_hold_what_counts_and_leave_out_what_an_attempt_replaced(home: Path, user: Any) -> None:
    one, other, none = bare(user, 3)
    write(one, {1: 0.1, 2: 0.2, 3: 0.3})
    write(one, {3: 0.5, 4: 0.6}, attempt=2)
    write(other, {1: 0.9})
    found = run_lines([one, other, none], KEY)
    assert found == {
        one.pk: {"step": [1, 2, 3, 4], "value": [0.1, 0.2, 0.5, 0.6], "total": 4, "sampled": False},
        other.pk: {"step": [1], "value": [0.9], "total": 1, "sampled": False},
    }


def test_lines_of_a_part_know_where_attempts_began_before_it(home: Path, user: Any) -> None:
    (one,) = bare(user, 1)
    write(one, dict.fromkeys(range(1, 9), 0.1))
    write(one, {4: 0.4, 5: 0.5}, attempt=2)
    assert run_lines([one], KEY, Limits(5, 7))[one.pk]["value"] == [0.5]


def test_times_come_where_they_are_asked_for(home: Path, user: Any) -> None:
    (one,) = bare(user, 1)
    write(one, {1: 0.1, 2: 0.2})
    start = round(datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp() * 1000)
    assert run_lines([one], KEY, times=True)[one.pk]["time"] == [start + 1000, start + 2000]
    assert "time" not in run_lines([one], KEY)[one.pk]


@pytest.mark.parametrize(("rolled_up", "reads"), [(False, 2), (True, 3)])
def test_twenty_runs_of_ten_thousand_points_keep_their_extremes_in_a_few_queries(
    home: Path, user: Any, rolled_up: bool, reads: int
) -> None:
    runs = bare(user, 20)
    for run in runs:
        write(run, dict.fromkeys(range(1, 10001), 0.5) | {5_003: -7.0, 8_001: 9.0})
        if rolled_up:
            rebuild(run.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = run_lines(runs, KEY)
    assert len(queries) == reads
    assert sum(len(line["step"]) for line in found.values()) <= POINTS
    for line in found.values():
        assert (min(line["value"]), max(line["value"]), line["step"][-1]) == (-7.0, 9.0, 10_000)
        assert (line["total"], line["sampled"]) == (10_000, True)
    with CaptureQueriesContext(connection) as queries:
        groups = group_lines({"a": runs[:10], "b": runs[10:]}, KEY)
    assert len(queries) == 1
    assert [max(group["mean"]) for group in groups] == [9.0, 9.0]


def long_runs(user: Any) -> list[Run]:
    """Two long runs, the first resumed at step 3,001, and eight of three steps: together they leave each line 800
    points."""
    one, other, *short = bare(user, 10)
    write(one, {step: step % 100 / 100 for step in range(1, 4001)} | {1_234: -3.0, 3_500: 99.0})
    write(one, {step: step % 100 / 100 for step in range(3_001, 20_001)} | {17_777: 5.0}, attempt=2)
    write(other, {step: step % 7 / 7 for step in range(1, 20_001)} | {9_999: 2.0, 10_000: -2.0})
    for run in short:
        write(run, {1: 0.1, 2: 0.2, 3: 0.3})
    return [one, other, *short]


def told(line: dict[str, Any]) -> tuple[Any, ...]:
    """What a line may not lose: its number of points, and step, value and time of lowest, highest and newest."""
    points = list(zip(line["value"], line["step"], line["time"], strict=True))
    return line["total"], line["sampled"], min(points), max(points), points[-1]


@pytest.mark.parametrize(
    "limits", [Limits(), Limits(1_000, 19_000), Limits(3_300, 3_700), Limits(None, 9_999)]
)
def test_lines_from_roll_ups_say_what_lines_from_points_say(home: Path, user: Any, limits: Limits) -> None:
    runs = long_runs(user)
    from_points = run_lines(runs, KEY, limits, times=True)
    for run in runs:
        rebuild(run.pk)
    found = run_lines(runs, KEY, limits, times=True)
    assert {run: told(line) for run, line in found.items()} == {
        run: told(line) for run, line in from_points.items()
    }


def test_long_line_read_from_roll_ups_keeps_its_extremes_and_leaves_out_what_was_replaced(
    home: Path, user: Any
) -> None:
    runs = long_runs(user)
    for run in runs:
        rebuild(run.pk)
    with CaptureQueriesContext(connection) as queries:
        found = run_lines(runs, KEY)
    one, other, short = (found[run.pk] for run in runs[:3])
    assert (min(one["value"]), max(one["value"])) == (-3.0, 5.0)  # 99 stood in what attempt 2 replaced
    assert one["value"][one["step"].index(1_234)] == -3.0
    assert (one["total"], one["sampled"], one["step"][-1], one["value"][-1]) == (20_000, True, 20_000, 0.0)
    assert (other["value"][other["step"].index(9_999)], other["value"][other["step"].index(10_000)]) == (
        2.0,
        -2.0,
    )
    assert short == {"step": [1, 2, 3], "value": [0.1, 0.2, 0.3], "total": 3, "sampled": False}
    rows = [query["sql"] for query in queries if 'FROM "runs_metricpoint"' in query["sql"]]
    assert (len(queries), len(rows)) == (4, 2)  # the short runs, and what roll-ups leave open
    assert max(len(line["step"]) for line in found.values()) <= 800


def test_group_is_the_mean_and_one_standard_deviation_of_its_runs(home: Path, user: Any) -> None:
    one, other, alone = bare(user, 3)
    write(one, {1: 1.0, 2: 2.0, 3: 5.0})
    write(other, {1: 3.0, 2: 2.0})
    write(alone, {1: 4.0})
    groups = group_lines({"1e-05": [one, other], "5e-05": [alone], "nobody": []}, KEY)
    root = 2**0.5
    assert groups == [
        {
            "label": "1e-05",
            "runs": 2,
            "step": [1, 2, 3],
            "mean": [2.0, 2.0, 5.0],
            "low": pytest.approx([2 - root, 2.0, 5.0]),
            "high": pytest.approx([2 + root, 2.0, 5.0]),
            "count": [2, 2, 1],
            "sampled": False,
        },
        {
            "label": "5e-05",
            "runs": 1,
            "step": [1],
            "mean": [4.0],
            "low": [4.0],
            "high": [4.0],
            "count": [1],
            "sampled": False,
        },
        {
            "label": "nobody",
            "runs": 0,
            "step": [],
            "mean": [],
            "low": [],
            "high": [],
            "count": [],
            "sampled": False,
        },
    ]


def test_finals_are_means_of_the_last_steps_beside_the_first_run(home: Path, user: Any) -> None:
    one, other = bare(user, 2)
    write(one, {step: float(step) for step in range(1, 21)})
    write(other, dict.fromkeys(range(1, 21), 1.0))
    Run.objects.update(step=20)
    runs = list(Run.objects.order_by("pk"))
    (row,) = finals(runs, [KEY, "eval/reasoning/easy"])
    assert row.metric.key == KEY
    assert row.cells == [(15.5, 0.0), (1.0, -14.5)]


def test_finals_leave_the_use_of_the_machine_out(home: Path, user: Any) -> None:
    (one,) = bare(user, 1)
    for key in (KEY, "host/cpu", "host/memory"):
        write(one, {1: 0.5}, key=key)
    Run.objects.update(step=1)
    found = finals(list(Run.objects.all()), [KEY, "host/cpu", "host/memory"])
    assert [row.metric.key for row in found] == [KEY]


def test_tiles_are_those_of_all_methods_together(home: Path, user: Any) -> None:
    keys = tile_keys([*bare(user, 1), make_tuning_run(user)])
    assert keys[0] == "reward/mean"
    assert "sft/loss" in keys
    assert len(keys) == len(set(keys))


def test_scores_of_one_set_stand_together_with_differences(home: Path, user: Any) -> None:
    runs = make_comparison(user)[:2]  # 40 and 70 right of 200
    scores = scores_of(runs)
    (table,) = scores.tables
    assert (scores.refusal, scores.unmeasured, table.what, table.size) == ("", (), "positions", 200)
    assert table.alike and table.has_modes
    assert [row.run for row in table.rows] == runs
    first, second = (row.cells[3] for row in table.rows)  # after a thought, easy
    assert first.score is not None and second.score is not None
    assert (first.score.accuracy, first.delta, second.score.accuracy) == (0.2, None, 0.35)
    assert second.delta == delta(share(70, 200), share(40, 200))
    assert second.delta is not None and second.delta.is_clear


def test_scores_of_unlike_sets_are_refused_in_words(home: Path, user: Any) -> None:
    one, other, third = (
        evaluated(run, 50, positions)
        for run, positions in zip(bare(user, 3), ("a" * 16, "b" * 16, "a" * 16), strict=True)
    )
    scores = scores_of([one, other, third])
    assert [[row.run for row in table.rows] for table in scores.tables] == [[one, third], [other]]
    assert scores.refusal == (
        "These runs were measured on 2 different sets: run 0, run 2 on 200 positions; run 1 on 200 positions. "
        "A difference between sets says nothing of the models, so none is shown."
    )


def test_newest_evaluation_counts_and_runs_without_one_are_named(home: Path, user: Any) -> None:
    one, other = bare(user, 2)
    for step, right in ((0, 20), (10, 60), (5, 40)):
        project_run(one.job, 1, [made_event(step, made_result(right))])
    scores = scores_of([one, other])
    assert scores.tables[0].rows[0].step == 10
    assert scores.unmeasured == (other,)


def test_runs_on_problems_stand_in_a_table_of_their_own(home: Path, user: Any) -> None:
    one, other, token = bare(user, 3)
    evaluated(token, 50)
    for run, right in ((one, [4, 0]), (other, [4, 4])):
        project_task_run(run.job, 1, [made_tasks_event(5, made_tasks_result(made_answers(right)))])
    scores = scores_of([one, other, token])
    problems, positions = scores.tables
    assert (problems.what, problems.size, problems.labels) == ("problems", 2, ("Solved",))
    assert not problems.has_modes and positions.has_modes
    cells = [row.cells[0] for row in problems.rows]
    assert [cell.score.accuracy for cell in cells if cell.score] == [0.5, 1.0]
    assert cells[1].delta == delta(share(2, 2), share(1, 2))
    assert "run 0, run 1 on 2 problems; run 2 on 200 positions" in scores.refusal

"""The drawn series of a run's metrics, for charts and for programs: read, downsampled, with their times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.charts.series import BUDGET, as_json, drawn
from webapp.runs.curves import Curve
from webapp.runs.models import MetricPoint, Run
from webapp.runs.rollups import milliseconds
from webapp.runs.thinned import Thinned, running_total, thinned_curves
from webapp.runs.tiles import CONTROL_KEY, CONTROL_LINE, tokens_key

TOKENS_LINE = "x/tokens"
"""No metric: tokens that a run had used up to a step, for a chart's x axis."""


def load_series(
    run: Run,
    keys: Sequence[str],
    *,
    first: int | None = None,
    last: int | None = None,
    budget: int = BUDGET,
) -> dict[str, dict[str, Any]]:
    """The series of each metric, of the steps `first` to `last` (both included; None: open).

    The line of the supervised control is that run's own metric.
    """
    buckets = budget // 2
    curves = thinned_curves(run, keys, first=first, last=last, buckets=buckets)
    found = {key: _json(run, key, curves[key], budget) for key in keys}
    if CONTROL_LINE in keys and run.control_runs:
        control = run.control_runs[0]
        line = thinned_curves(control, [CONTROL_KEY], first=first, last=last, buckets=buckets)[CONTROL_KEY]
        found[CONTROL_LINE] = _json(control, CONTROL_KEY, line, budget)
    if TOKENS_LINE in keys:
        found[TOKENS_LINE] = _tokens(run, budget)
    return found


def _tokens(run: Run, budget: int) -> dict[str, Any]:
    """Between two of its steps the line is as good as straight: every n-th step will do."""
    whole = running_total(run, tokens_key(run), budget)
    stride = -(-len(whole) // budget) or 1
    kept = tuple(whole[::-stride][::-1])
    times = {(point.attempt, point.step): 0 for point in kept}
    return as_json(drawn(Curve(kept, ()), budget), times)


def _json(run: Run, key: str, read: Thinned, budget: int) -> dict[str, Any]:
    found = drawn(read.curve, budget, total=read.total)
    unknown = {point.step for point in found.points if (point.attempt, point.step) not in read.times}
    looked_up = MetricPoint.objects.of_run(run).times(key, unknown)
    times = {place: milliseconds(time) for place, time in looked_up.items()}
    return as_json(found, {**read.times, **times})

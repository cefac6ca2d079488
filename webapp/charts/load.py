"""The drawn series of a run's metrics, for charts and for programs: read, downsampled, with their times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.charts.series import BUDGET, as_json, drawn
from webapp.runs.curves import Curve, run_curves
from webapp.runs.models import MetricPoint, Run
from webapp.runs.tiles import CONTROL_KEY, CONTROL_LINE


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
    curves = run_curves(run, keys, first=first, last=last)
    found = {key: _json(run, key, curves[key], budget) for key in keys}
    if CONTROL_LINE in keys and run.control_runs:
        control = run.control_runs[0]
        line = run_curves(control, [CONTROL_KEY], first=first, last=last)[CONTROL_KEY]
        found[CONTROL_LINE] = _json(control, CONTROL_KEY, line, budget)
    return found


def _json(run: Run, key: str, whole: Curve, budget: int) -> dict[str, Any]:
    found = drawn(whole, budget)
    return as_json(found, MetricPoint.objects.of_run(run).times(key, found.steps))

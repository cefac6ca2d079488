"""The scaling law over the evaluations of runs: accuracy against the compute that was spent before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.contract.scaling import ScalingFit, fit
from webapp.evaluations.shown import SPLITS, Row
from webapp.runs.curves import run_curves
from webapp.runs.models import Run

FLOPS = "compute/flops"
_CURVE_POINTS = 60


@dataclass(frozen=True, slots=True)
class SplitScaling:
    """The law of one split in reasoning mode."""

    split: str
    points: tuple[tuple[float, float], ...]  # (C in FLOPs, accuracy), by rising C
    fit: ScalingFit | None  # None: too few points, or they do not vary


def run_compute(run: Run) -> dict[int, float]:
    """C after each step: the sum of 2 N T_rollout + 6 N T_train over the steps so far, FLOPs."""
    total = 0.0
    found = {0: 0.0}
    for point in run_curves(run, [FLOPS])[FLOPS].current:
        total += point.value
        found[point.step] = total
    return found


def scaling(runs: Sequence[tuple[Run, Sequence[Row]]]) -> list[SplitScaling]:
    """The law of each split over the own evaluations of one run or of several on the same positions.

    Step 0, where C is 0, has no place in it.
    """
    found: dict[str, list[tuple[float, float]]] = {split: [] for split in SPLITS}
    for run, rows in runs:
        compute = run_compute(run)
        for row in rows:
            spent = compute.get(row.evaluation.step)
            for split in SPLITS:
                score = row.score("reasoning", split)
                if spent and score:
                    found[split].append((spent, score.accuracy))
    return [SplitScaling(split, tuple(sorted(points)), fit(points)) for split, points in found.items()]


def as_json(found: Sequence[SplitScaling]) -> list[dict[str, Any]]:
    """For the chart: points, and the fitted law between the first and the last."""
    return [
        {
            "split": one.split,
            "compute": [compute for compute, _ in one.points],
            "accuracy": [accuracy for _, accuracy in one.points],
            "law": _law(one),
        }
        for one in found
        if one.points
    ]


def _law(one: SplitScaling) -> dict[str, list[float]]:
    if one.fit is None:
        return {"compute": [], "accuracy": []}
    first, last = one.points[0][0], one.points[-1][0]
    ratio = (last / first) ** (1 / (_CURVE_POINTS - 1))
    compute = [first * ratio**place for place in range(_CURVE_POINTS)]
    return {"compute": compute, "accuracy": [one.fit.at(value) for value in compute]}

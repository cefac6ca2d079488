"""The scaling laws over the evaluations of runs: a measure against what was spent before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from django.utils.translation import gettext_noop as _

from training.contract.scaling import Form, ScalingFit, fit
from webapp.evaluations.shown import SPLITS, Row
from webapp.runs.curves import run_curves
from webapp.runs.models import Run

Spent = Literal["compute", "tokens"]
_KEYS: dict[Spent, str] = {"compute": "compute/flops", "tokens": "compute/train_tokens"}
SPENT_LABELS: dict[Spent, str] = {"compute": _("compute"), "tokens": _("training tokens")}
SPENT_UNITS: dict[Spent, str] = {"compute": "FLOPs", "tokens": "tokens"}
FORM_LABELS: dict[Form, str] = {"power": "A / x^α + P*", "exponential": "a exp(b x^c)"}
_CURVE_POINTS = 60

ByStep = Mapping[int, Mapping[str, float]]
"""Step -> the name of a curve -> its measure there."""


@dataclass(frozen=True, slots=True)
class Law:
    """Which law is fitted, and against what."""

    form: Form = "power"
    spent: Spent = "compute"

    @classmethod
    def of(cls, query: Any) -> Law:
        """As an address asks (`?law=exponential&against=tokens`); unknown values are the first ones."""
        form, spent = query.get("law"), query.get("against")
        return cls(
            form if form in get_args(Form) else "power", spent if spent in get_args(Spent) else "compute"
        )

    @property
    def unit(self) -> str:
        return SPENT_UNITS[self.spent]

    @property
    def label(self) -> str:
        return SPENT_LABELS[self.spent]

    @property
    def query(self) -> str:
        return f"law={self.form}&against={self.spent}"

    @property
    def forms(self) -> list[tuple[str, str, bool]]:
        """(address, label, whether it is this one) of each law."""
        return [
            (Law(form, self.spent).query, label, form == self.form) for form, label in FORM_LABELS.items()
        ]

    @property
    def spendings(self) -> list[tuple[str, str, bool]]:
        """The same of what it can be drawn against."""
        return [
            (Law(self.form, spent).query, label, spent == self.spent) for spent, label in SPENT_LABELS.items()
        ]


@dataclass(frozen=True, slots=True)
class Scaling:
    """The law of one measure."""

    name: str
    points: tuple[tuple[float, float], ...]  # (x in FLOPs or tokens, measure), by rising x
    fit: ScalingFit | None  # None: too few points, or they do not vary


def accuracies(rows: Sequence[Row]) -> ByStep:
    """The accuracies in reasoning mode, split by split."""
    return {
        row.evaluation.step: {
            split: score.accuracy for split in SPLITS if (score := row.score("reasoning", split))
        }
        for row in rows
    }


def run_spent(run: Run, spent: Spent) -> dict[int, float]:
    """What was spent up to each step: 2 N T_rollout + 6 N T_train in FLOPs, or T_train in tokens."""
    total = 0.0
    found = {0: 0.0}
    for point in run_curves(run, [_KEYS[spent]])[_KEYS[spent]].current:
        total += point.value
        found[point.step] = total
    return found


def scaling(runs: Sequence[tuple[Run, ByStep]], law: Law = Law()) -> list[Scaling]:
    """The law of each measure over the own evaluations of one run or of several on the same set.

    Step 0, where nothing is spent, has no place in it.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for run, steps in runs:
        spent = run_spent(run, law.spent)
        for step, measures in sorted(steps.items()):
            for name, measure in measures.items():
                points = found.setdefault(name, [])
                if spent.get(step):
                    points.append((spent[step], measure))
    return [Scaling(name, tuple(sorted(points)), fit(points, law.form)) for name, points in found.items()]


def as_json(found: Sequence[Scaling], law: Law) -> dict[str, Any]:
    """For the chart: points, and the fitted law between the first and the last."""
    return {
        "unit": law.unit,
        "curves": [
            {
                "name": one.name,
                "x": [x for x, _ in one.points],
                "y": [measure for _, measure in one.points],
                "law": _drawn(one),
            }
            for one in found
            if one.points
        ],
    }


def _drawn(one: Scaling) -> dict[str, list[float]]:
    if one.fit is None:
        return {"x": [], "y": []}
    first, last = one.points[0][0], one.points[-1][0]
    ratio = (last / first) ** (1 / (_CURVE_POINTS - 1))
    x = [first * ratio**place for place in range(_CURVE_POINTS)]
    return {"x": x, "y": [one.fit.at(value) for value in x]}

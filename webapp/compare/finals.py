"""Where the curated metrics of several runs stand: the mean of the last steps, beside the first run's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from django.db.models import Q

from training.contract.metrics import CATALOGUE, Metric, baselines_of
from webapp.runs.models import MetricPoint, Run
from webapp.runs.tiles import measures, shown_tiles

WINDOW = 10
_HOST = "host/"
"""How busy the machine was says nothing of where a run stands."""
"""Steps that the mean is taken over."""


@dataclass(frozen=True, slots=True)
class Final:
    """One metric: the mean of each run's last steps, in the runs' order."""

    metric: Metric
    values: tuple[float | None, ...]  # None: not measured in those steps
    deltas: tuple[float | None, ...]  # against the first run

    @property
    def cells(self) -> list[tuple[float | None, float | None]]:
        """(value, difference) of each run."""
        return list(zip(self.values, self.deltas, strict=True))


def tile_keys(runs: Sequence[Run]) -> tuple[str, ...]:
    """The curated metrics that some of the runs are drawn by, in the catalogue's order."""
    found = {tile.key for run in runs for tile in shown_tiles(run)}
    return tuple(key for key in CATALOGUE if key in found)


def baseline_keys(runs: Sequence[Run]) -> tuple[str, ...]:
    """What is drawn as a line beside these metrics on the runs' own pages."""
    found = {
        line.key
        for run in runs
        for tile in shown_tiles(run)
        for line in baselines_of(tile.key)
        if measures(run, line)
    }
    return tuple(
        key for key in CATALOGUE if key in found
    )  # of a control's line no run has a point of its own


def finals(runs: Sequence[Run], keys: Sequence[str]) -> tuple[Final, ...]:
    """The metrics of `keys` that some run has in its last steps; those of the machine are left out."""
    keys = [key for key in keys if not key.startswith(_HOST)]
    wanted = Q(pk__in=())
    for run in runs:
        wanted |= Q(run=run, step__gt=run.step - WINDOW, step__lte=run.step)
    rows = MetricPoint.objects.filter(wanted, key__in=keys).order_by("attempt")
    found: dict[tuple[str, int], dict[int, float]] = {}
    for key, run_id, step, value in rows.values_list("key", "run", "step", "value"):
        found.setdefault((key, run_id), {})[step] = value  # of several attempts at a step the latest
    made = []
    for key in keys:
        values = tuple(fmean(found[key, run.pk].values()) if (key, run.pk) in found else None for run in runs)
        if any(value is not None for value in values):
            made.append(Final(CATALOGUE[key], values, tuple(_minus(value, values[0]) for value in values)))
    return tuple(made)


def _minus(value: float | None, first: float | None) -> float | None:
    return None if value is None or first is None else value - first

"""The strip under a run's verdict: its steps as cells, shaded by their hit rate, with evaluations and turns marked.

There are at most CELLS of them: a cell of a long run is a number of steps, a power of two, so that it takes in whole
roll-ups and that cells keep their place while a run goes on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from webapp.runs.limits import Limits
from webapp.runs.models import REWARD, MetricPoint, RolloutGroup, Run
from webapp.runs.rollups import WIDTHS
from webapp.runs.thinned import Stretch
from webapp.runs.turns import Turn, turns
from webapp.runs.verdict import Check
from webapp.words.sentences import translated

CELLS = 200
SHADES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""The highest hit rate of each shade: finer where most runs are."""
_PARTLY_RIGHT = {"dense", "conditional_dense"}
_EVALUATIONS = "eval/"


@dataclass(frozen=True, slots=True)
class Cell:
    """Some steps that follow one another, or one."""

    first: int
    last: int  # that has anything
    rate: float | None  # mean reward; None: no step of it has rollouts
    opens: int | None  # its newest step that has groups
    evaluated: bool
    turns: tuple[Turn, ...]  # that begin in it

    @property
    def shade(self) -> int | None:
        return None if self.rate is None else min(bisect_left(SHADES, self.rate), len(SHADES) - 1)

    def words(self, measure: str) -> str:
        """What is known of it, `measure` being what its rate is called."""
        if self.first == self.last:
            steps = _("Step %(step)s") % {"step": f"{self.last:,}"}
        else:
            steps = _("Steps %(first)s to %(last)s") % {"first": f"{self.first:,}", "last": f"{self.last:,}"}
        said = [_("no rollouts") if self.rate is None else f"{measure} {self.rate:.3f}"]
        if self.evaluated:
            said.append(_("evaluated"))
        said += [_("%(check)s turned bad") % {"check": translated(turn.check.name)} for turn in self.turns]
        return f"{steps}: {', '.join(said)}"


@dataclass(frozen=True, slots=True)
class Strip:
    cells: tuple[Cell, ...]
    width: int  # steps of a cell
    places: int  # cells that there are room for
    measure: str  # what a cell's rate is called
    turns: tuple[tuple[Turn, int | None], ...]  # each with the step whose groups show it

    @property
    def evaluated(self) -> bool:
        return any(cell.evaluated for cell in self.cells)

    @property
    def shades(self) -> range:
        return range(len(SHADES))


def strip_of(
    run: Run,
    read: Mapping[str, Sequence[Stretch]],
    checks: Sequence[Check],
    limits: Limits,
    keys: Iterable[str],
) -> Strip | None:
    """`read` is what the verdict was made of, `keys` every metric of the run. None: no step was done."""
    rewards = read[REWARD]
    if not rewards:
        return None
    newest = rewards[-1].last
    # Stretches of a long run are whole roll-ups: a cell that is no narrower holds whole stretches.
    width = cell_width(newest, at_least=min(WIDTHS) if any(one.points > 1 for one in rewards) else 1)
    turned = turns(read, checks, limits)
    cells = made_cells(
        rewards, width, turned, RolloutGroup.objects.newest_steps(run, width), _evaluated(run, keys, width)
    )
    opens = {cell.first // width: cell.opens for cell in cells}
    return Strip(
        cells,
        width,
        places=min(CELLS, max(len(cells), -(-run.steps_asked // width))),
        measure=_measure(run),
        turns=tuple((turn, opens.get(turn.step // width)) for turn in turned),
    )


def cell_width(newest: int, at_least: int = 1) -> int:
    """Steps of a cell, so that the cells of the steps 0 to `newest` are at most CELLS. Pure."""
    width = at_least
    while newest // width >= CELLS:
        width *= 2
    return width


def made_cells(
    rewards: Iterable[Stretch],
    width: int,
    turned: Iterable[Turn],
    opens: Iterable[int],
    evaluated: Iterable[int],
) -> tuple[Cell, ...]:
    """A cell for every `width` steps from the first to the newest that has anything. Pure.

    `opens` and `evaluated` are the newest steps of cells that have groups, and that have an evaluation.
    """
    points: dict[int, int] = {}
    sums: dict[int, float] = {}
    ends: dict[int, int] = {}
    for last, count, total in rewards:
        number = last // width
        points[number] = points.get(number, 0) + count
        sums[number] = sums.get(number, 0.0) + total
        ends[number] = last
    opened = {step // width: step for step in opens}
    asked = {step // width: step for step in evaluated}
    turned_in: dict[int, tuple[Turn, ...]] = {}
    for turn in turned:
        turned_in[turn.step // width] = (*turned_in.get(turn.step // width, ()), turn)
    known = points.keys() | asked.keys()
    return tuple(
        Cell(
            first=max(number * width, min(1, ends.get(number, 0))),
            last=max(ends.get(number, 0), asked.get(number, 0), number * width),
            rate=sums[number] / points[number] if number in points else None,
            opens=opened.get(number),
            evaluated=number in asked,
            turns=turned_in.get(number, ()),
        )
        for number in range(min(known), max(known) + 1)
    )


def _measure(run: Run) -> str:
    """A reward of 0 or 1 has a hit rate."""
    dense = run.method == "rpt" and run.config.get("method", {}).get("reward") in _PARTLY_RIGHT
    return _("mean reward") if dense else _("hit rate")


def _evaluated(run: Run, keys: Iterable[str], width: int) -> set[int]:
    """The newest step of each cell at which the run was evaluated: what an evaluation measures, it measures at once."""
    kinds: dict[Any, str] = {}
    for key in keys:
        if key.startswith(_EVALUATIONS):
            kinds.setdefault(key.split("/")[1], key)
    return {step for key in kinds.values() for step in MetricPoint.objects.newest_steps(run, key, width)}

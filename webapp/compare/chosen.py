"""Which runs are compared, as the address names them, and how each is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from webapp.runs.health import chip_state
from webapp.runs.listing import numbers_of
from webapp.runs.models import Run

MAX_RUNS = 20
COLOURS = 6
DASHES = 3
"""Of the run palette: static/js/plot.js and tokens.css."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The runs of the address, in its order."""

    runs: tuple[Run, ...]
    missing: int  # numbers that name no run of the user
    cut: int  # runs beyond the most that are compared

    @property
    def numbers(self) -> str:
        """As the address has them: 1,2,3."""
        return ",".join(str(run.pk) for run in self.runs)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in the list above the charts."""

    run: Run
    state: str  # as shown
    slot: int  # of the palette
    without: str  # the numbers of the other runs, as the address has them

    @property
    def dash(self) -> int:
        """0 solid, 1 dashed, 2 dotted."""
        return self.slot // COLOURS


def run_lines_of(chosen: Chosen, now: datetime) -> tuple[RunLine, ...]:
    """How each run is drawn, in the order of the address."""
    slots = line_slots(chosen.runs)
    return tuple(
        RunLine(
            run,
            chip_state(run, now),
            slots[run.pk],
            ",".join(str(other.pk) for other in chosen.runs if other != run),
        )
        for run in chosen.runs
    )


def chosen_runs(user: Any, query: QueryDict) -> Chosen:
    """The user's runs that `?runs=1,2` or `?runs=1&runs=2` names; a number that is no run of theirs is counted."""
    wanted = numbers_of(query.getlist("runs"))
    found = {run.pk: run for run in Run.objects.owned_by(user).with_job().filter(pk__in=wanted)}
    runs = tuple(found[number] for number in wanted if number in found)
    return Chosen(runs[:MAX_RUNS], len(wanted) - len(runs), max(0, len(runs) - MAX_RUNS))


def line_slots(runs: Iterable[Run]) -> dict[int, int]:
    """The palette slot that each run is drawn with, by its number.

    It is the run's own, so that a run keeps its colour everywhere. Where that slot is taken by a run before
    it, the colour stays and the dash changes.
    """
    slots: dict[int, int] = {}
    for run in runs:
        own = run.colour % (COLOURS * DASHES)
        same = [(own + COLOURS * turn) % (COLOURS * DASHES) for turn in range(DASHES)]
        slots[run.pk] = next((slot for slot in same if slot not in slots.values()), own)
    return slots

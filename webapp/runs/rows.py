"""A run as a row of home and of the list: state as shown, sparkline, latest value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_noop

from training.contract.events import STAGE_LABELS
from webapp.experiments.fields import SETTINGS, telling_section
from webapp.jobs.models import State
from webapp.runs.health import chip_state
from webapp.runs.models import MAIN_METRICS, REWARD, MetricPoint, Run, Tag
from webapp.runs.sparkline import sparkline
from webapp.runs.stages import AFTER
from webapp.runs.time_left import seconds_left

SPARK_STEPS = 40
CHANGES = 3
"""Changed settings that a row names; the others are counted."""
STARTING = gettext_noop("Starting")
LONGEST = 24
"""Characters of a changed value that a row shows."""


@dataclass(frozen=True, slots=True)
class Change:
    """A changed setting in words."""

    section: str  # where the title alone would say too little
    title: str
    value: str
    unit: str


def change_of(name: str, value: str) -> Change:
    """A setting that is no more goes by its name."""
    setting = SETTINGS.get(name)
    if setting is None:
        return Change("", name, value[:LONGEST], "")
    unit = "" if setting.unit == setting.title.lower() else setting.unit
    return Change(telling_section(name), setting.title, value[:LONGEST], unit)


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    state: str  # as shown: the job's, or cancelling, or stalled
    spark: str  # points of the sparkline of its main metric; may be ""
    latest: float | None  # the newest value of it
    seconds_left: float | None  # of a run at work, where somebody can say
    tags: list[str]
    url: str
    edit_url: str
    star_url: str

    @property
    def stage(self) -> str:
        """What a run at work does before its first step, in English; "" from then on."""
        at_work = self.run.job.state in (State.STARTING, State.RUNNING)
        before = at_work and not self.run.step and self.run.stage not in AFTER
        return STAGE_LABELS.get(self.run.stage, STARTING) if before else ""

    @property
    def changes(self) -> list[Change]:
        """The first changed settings."""
        return [change_of(name, value) for name, value in self.run.changed[:CHANGES]]

    @property
    def more_changes(self) -> int:
        return max(0, len(self.run.changed) - CHANGES)


def run_rows(runs: Iterable[Run], now: datetime) -> tuple[RunRow, ...]:
    """`runs` as `for_rows` gives them. Reads the curves of all of them at once, and their tags."""
    found = list(runs)
    curves, tags = _latest_values(found), Tag.objects.of_runs(run.pk for run in found)
    # Made once for all rows: finding an address takes longer than the rest of a row.
    urls = [reverse(name, args=[0]).split("/0/") for name in ("run", "run-edit", "run-star")]
    rows = []
    for run in found:
        values = curves.get(run.pk, [])
        latest = values[-1] if run.is_supervised and values else run.last_reward
        places = (f"/{run.pk}/".join(parts) for parts in urls)
        rows.append(
            RunRow(
                run, chip_state(run, now), sparkline(values), latest, seconds_left(run), tags.get(run.pk, []),
                *places,
            )
        )  # fmt: skip
    return tuple(rows)


def _latest_values(runs: list[Run]) -> dict[int, list[float]]:
    """The reward or loss of each run's latest steps, by rising step; of several attempts the latest."""
    if not runs:
        return {}
    wanted = {run.pk: run.main_metric for run in runs}
    rows = MetricPoint.objects.filter(
        run__in=list(wanted),
        key__in=[REWARD, *MAIN_METRICS.values()],
        step__gt=F("run__step") - SPARK_STEPS,
        step__lte=F("run__step"),
    )
    found: dict[int, dict[int, float]] = {}
    for run, key, step, value in rows.order_by("attempt").values_list("run", "key", "step", "value"):
        if key == wanted[run]:
            found.setdefault(run, {})[step] = value
    return {run: [value for _, value in sorted(steps.items())] for run, steps in found.items()}

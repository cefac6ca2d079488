"""RPT's Table 2 of the user's own runs: what verifiable rewards add to each kind of start (METHODS A8).

A row is what a run of RLVR began with, found through the checkpoint it started from. Before and after
are its own held-out scores at step 0 and at its latest step, and only runs on one problem set stand in
one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from training.contract.task_result import TaskScore
from webapp.compare.difference import Delta, Share, delta
from webapp.compare.settings_diff import differences
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.shown import current
from webapp.evaluations.task_sets import TaskRow, rows_of
from webapp.runs.models import Checkpoint, Run

RUNS_READ = 200
RUNS_A_ROW = 5
STARTS = {
    "base": gettext_noop("Base"),
    "ntp": gettext_noop("+ continual next-token training"),
    "rpt": "+ RPT",
    "rlpt": "+ RLPT",
    "sft": gettext_noop("+ instruction tuning"),
}
"""What a run of RLVR can begin with: the model's own weights, or a checkpoint of a run of a method."""
IN_THE_PAPERS = ("base", "ntp", "rpt", "rlpt")
PRESET = "rlvr-demo-cpu"
_FIRST_RUN = {
    "rpt": ("demo-cpu", gettext_noop("an RPT run")),
    "rlpt": ("rlpt-demo-cpu", gettext_noop("an RLPT run")),
}
_NOT_COMPARED = ("name", "seed", "model.start_from")


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of RLVR."""

    run: Run
    before: TaskRow | None
    after: TaskRow | None  # None: it has gone no step that was evaluated

    @property
    def change(self) -> Delta | None:
        first, last = _score(self.before), _score(self.after)
        return delta(_share(last), _share(first)) if first and last else None

    @property
    def scores(self) -> tuple[TaskScore | None, TaskScore | None]:
        return _score(self.before), _score(self.after)


@dataclass(frozen=True, slots=True)
class Filling:
    """How an empty row is filled."""

    words: str
    address: str
    ready: bool  # the form is all that is needed


@dataclass(frozen=True, slots=True)
class StartRow:
    """All runs that began in one way, newest first."""

    label: str
    lines: tuple[RunLine, ...]
    filling: Filling


@dataclass(frozen=True, slots=True)
class Table:
    """One problem set."""

    key: str
    source: str
    problems: int
    rows: tuple[StartRow, ...]
    asked_alike: bool  # all evaluations were made in the same way
    differing: tuple[str, ...]  # settings in which the runs differ, besides what they began with

    @property
    def filled(self) -> int:
        """Rows that have a run measured before and after."""
        return sum(any(line.change for line in row.lines) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Tables:
    """Every set that was trained for, and the runs that have measured nothing so far."""

    tables: tuple[Table, ...]
    waiting: tuple[Run, ...]
    fillings: tuple[tuple[str, Filling], ...]  # (row's label, how to fill it): of a first table


def tables_of(user: Any) -> Tables:
    """The user's tables, the one with the most filled rows first."""
    runs = [run for run in Run.objects.owned_by(user).with_job()[:RUNS_READ] if run.method == "rlvr"]
    by_set: dict[str, list[RunLine]] = {}
    measured: set[int] = set()
    found: dict[int, list[TaskEvaluation]] = {}
    for evaluation in TaskEvaluation.objects.filter(run__in=runs, what="answers").done().with_run():
        found.setdefault(evaluation.run_id, []).append(evaluation)
    for run in runs:
        for key, line in _lines(run, found.get(run.pk, [])).items():
            by_set.setdefault(key, []).append(line)
            measured.add(run.pk)
    checkpoints = _newest_checkpoints(user)
    tables = [_table(key, lines, checkpoints) for key, lines in by_set.items()]
    return Tables(
        tuple(sorted(tables, key=lambda table: -table.filled)),
        tuple(run for run in runs if run.pk not in measured),
        tuple((STARTS[kind], _filling(kind, None, checkpoints)) for kind in IN_THE_PAPERS),
    )


def start_of(run: Run) -> str:
    """What kind of weights the run began with; "" where the checkpoint's row is gone."""
    seen: set[int] = set()
    while run.pk not in seen:  # RLVR upon RLVR counts as what the first of them began with
        seen.add(run.pk)
        if run.start_checkpoint is None:
            return "" if run.config.get("model", {}).get("start_from") else "base"
        parent = run.start_checkpoint.run
        if parent.method != "rlvr":
            return parent.method
        run = parent
    return ""


def _lines(run: Run, evaluations: Sequence[TaskEvaluation]) -> dict[str, RunLine]:
    """By set of problems: the run's own evaluations, and those of its checkpoints made on demand."""
    made = current([one for one in evaluations if one.job_id is None])
    asked = [one for one in evaluations if one.job_id is not None]
    found: dict[str, list[TaskEvaluation]] = {}
    for one in sorted(
        [*asked, *made], key=lambda one: one.step
    ):  # the run's own goes before at the same step
        found.setdefault(one.tasks, []).append(one)
    lines = {}
    for key, members in found.items():
        first = [one for one in members if one.step == 0]
        last = [one for one in members if one.step > 0]
        rows = rows_of([*first[-1:], *last[-1:]])[1]
        before = rows[0] if first else None
        lines[key] = RunLine(run, before, rows[-1] if last else None)
    return lines


def _table(key: str, lines: Sequence[RunLine], checkpoints: dict[str, Checkpoint]) -> Table:
    shown = [row for line in lines for row in (line.before, line.after) if row]
    rows = []
    for kind, label in STARTS.items():
        own = [line for line in lines if start_of(line.run) == kind]
        if own or kind in IN_THE_PAPERS:
            filling = _filling(kind, lines[0].run, checkpoints)
            rows.append(StartRow(label, tuple(own[:RUNS_A_ROW]), filling))
    return Table(
        key=key,
        source=shown[0].result.source,
        problems=max((score.n for row in shown if (score := _score(row))), default=0),
        rows=tuple(rows),
        asked_alike=len({row.asked for row in shown}) == 1,
        differing=tuple(
            one.title for one in differences([line.run for line in lines]) if one.name not in _NOT_COMPARED
        ),
    )


def _filling(kind: str, like: Run | None, checkpoints: dict[str, Checkpoint]) -> Filling:
    """The form, filled in as the runs of the table are; or what has to be there first."""
    new = reverse("experiment-new")
    base = {"from": like.experiment_id} if like else {"preset": PRESET}
    if kind == "base":
        return Filling(_("Run RLVR from the base"), f"{new}?{urlencode({**base, 'start': 'base'})}", True)
    if kind in checkpoints:
        found = checkpoints[kind]
        words = _("Run RLVR from {name}, step {step}").format(name=found.run.name, step=f"{found.step:,}")
        return Filling(words, f"{new}?{urlencode({**base, 'start': found.reference})}", True)
    if kind in _FIRST_RUN:
        preset, name = _FIRST_RUN[kind]
        return Filling(
            _("Needs the checkpoint of {name}: launch one first").format(name=_(name)),
            f"{new}?preset={preset}",
            False,
        )
    if kind == "ntp":
        words = _("Needs the checkpoint of a supervised control: launch one on the page of an RPT run")
        return Filling(words, reverse("runs"), False)
    return Filling(_("Needs the checkpoint of such a run"), reverse("runs"), False)


def _newest_checkpoints(user: Any) -> dict[str, Checkpoint]:
    """The newest checkpoint on the disk of the newest run of each method."""
    rows = Checkpoint.objects.filter(run__owner=user).present().select_related("run")
    found: dict[str, Checkpoint] = {}
    for one in rows.order_by("-run__created", "-step", "-attempt")[:RUNS_READ]:
        found.setdefault(one.run.method, one)
    return found


def _score(row: TaskRow | None) -> TaskScore | None:
    return row.result.score("problem") if row else None


def _share(score: TaskScore) -> Share:
    return Share(score.accuracy, score.low, score.high)

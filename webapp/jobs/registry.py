"""The kinds of job: what turns their events into rows, and what their pages show of them.

Adding a kind is one line here and one module beside the rows it fills.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from training.contract.events import Envelope
from webapp.jobs.models import Job

Project = Callable[[Job, int, Sequence[Envelope]], None]
"""project(job, attempt, envelopes): writes rows, inside the transaction that stores the events."""
Snapshot = Callable[[Job], dict[str, Any] | None]
"""snapshot(job): what a page of this kind shows above its events, as plain JSON."""


@dataclass(frozen=True, slots=True)
class Named:
    """How the page of another job names one of this kind, and where that leads."""

    row: str  # the attribute of a job that leads to what it is for
    words: Any  # {row} stands for it
    page: str  # the name of an address
    by: str = "pk"  # the attribute of the row that the address takes; "" for none


@dataclass(frozen=True, slots=True)
class Kind:
    project: str  # dotted path of a Project
    snapshot: str  # dotted path of a Snapshot
    named: Named
    also: tuple[str, ...] = ()  # Projects of the apps above it, called after its own
    short: bool = False  # a person waits for it: it has slots of its own (JOB_SHORT_SLOTS)


KINDS: dict[str, Kind] = {
    "run": Kind(
        "webapp.runs.projection.project",
        "webapp.runs.snapshot.snapshot",
        Named("run", _("run {row}"), "run"),
        also=(
            "webapp.evaluations.projection.project_run",
            "webapp.evaluations.task_projection.project_run",
        ),
    ),
    "probe": Kind(
        "webapp.probes.projection.project",
        "webapp.probes.projection.snapshot",
        Named("probe", _("probe {row.pk}"), "probe"),
    ),
    "prompts": Kind(
        "webapp.probes.projection.project",
        "webapp.probes.projection.snapshot",
        Named("probe", _("table of prompts {row.pk}"), "probe"),
    ),
    "scan": Kind(
        "webapp.corpora.projection.project",
        "webapp.corpora.projection.snapshot",
        Named("scan", _("scan of {row.corpus}"), "scan"),
    ),
    "prepare": Kind(
        "webapp.preparations.projection.project",
        "webapp.preparations.projection.snapshot",
        Named("preparation", _("preparation {row.pk}"), "preparation"),
    ),
    "segments": Kind(
        "webapp.segments.projection.project",
        "webapp.segments.projection.snapshot",
        Named("segmentation", _("cutting of {row.corpus}"), "corpus-segments", by="corpus_id"),
    ),
    "evaluate": Kind(
        "webapp.evaluations.projection.project",
        "webapp.evaluations.projection.snapshot",
        Named("evaluation", _("evaluation of {row}"), "evaluations", by=""),
    ),
    "answers": Kind(
        "webapp.evaluations.task_projection.project",
        "webapp.evaluations.task_projection.snapshot",
        Named("taskevaluation", _("evaluation of {row}"), "task-evaluations", by=""),
    ),
    "choices": Kind(
        "webapp.evaluations.task_projection.project",
        "webapp.evaluations.task_projection.snapshot",
        Named("taskevaluation", _("evaluation of {row}"), "task-evaluations", by=""),
    ),
    "rejudge": Kind(
        "webapp.audits.projection.project",
        "webapp.audits.projection.snapshot",
        Named("rejudging", _("new judgement by {row}"), "rejudging"),
    ),
    "try": Kind(
        "webapp.playground.projection.project",
        "webapp.playground.projection.snapshot",
        Named("try_session", _("trial of {row}"), "try", by=""),
        short=True,
    ),
}

UPKEEP: tuple[str, ...] = (
    "webapp.runs.watch.judge_due",
    "webapp.notifications.watch.notice_due",
    "webapp.trajectories.index.build.index_due",
)
"""What is done beside the reconciler: each does a little and says whether there is more to do."""
COURIERS: tuple[str, ...] = ("webapp.notifications.services.deliver.deliver_due",)
"""The same for what waits for others' servers: it has a thread of its own."""


def kinds_beside(kind: str) -> list[str]:
    """The kinds that share slots with this one, itself among them."""
    return [name for name, one in KINDS.items() if one.short == KINDS[kind].short]


def project_of(kind: str) -> Project:
    """The projection of a kind. Paths, not imports: jobs know nothing of what they are for."""
    projects: list[Project] = [import_string(path) for path in (KINDS[kind].project, *KINDS[kind].also)]

    def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
        for one in projects:
            one(job, attempt, envelopes)

    return project


def snapshot_of(kind: str) -> Snapshot:
    """The snapshot of a kind."""
    snapshot: Snapshot = import_string(KINDS[kind].snapshot)
    return snapshot

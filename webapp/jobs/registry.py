"""The kinds of job: what turns their events into rows, and what their pages show of them.

Adding a kind is one line here and one module beside the rows it fills.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from training.contract.events import Envelope
from webapp.jobs.models import Job

Project = Callable[[Job, int, Sequence[Envelope]], None]
"""project(job, attempt, envelopes): writes rows, inside the transaction that stores the events."""
Snapshot = Callable[[Job], dict[str, Any] | None]
"""snapshot(job): what a page of this kind shows above its events, as plain JSON."""


@dataclass(frozen=True, slots=True)
class Kind:
    project: str  # dotted path of a Project
    snapshot: str  # dotted path of a Snapshot
    also: tuple[str, ...] = ()  # Projects of the apps above it, called after its own
    short: bool = False  # a person waits for it: it has slots of its own (JOB_SHORT_SLOTS)


KINDS: dict[str, Kind] = {
    "run": Kind(
        "webapp.runs.projection.project",
        "webapp.runs.snapshot.snapshot",
        also=(
            "webapp.evaluations.projection.project_run",
            "webapp.evaluations.task_projection.project_run",
        ),
    ),
    "probe": Kind("webapp.probes.projection.project", "webapp.probes.projection.snapshot"),
    "prompts": Kind("webapp.probes.projection.project", "webapp.probes.projection.snapshot"),
    "scan": Kind("webapp.corpora.projection.project", "webapp.corpora.projection.snapshot"),
    "prepare": Kind("webapp.preparations.projection.project", "webapp.preparations.projection.snapshot"),
    "segments": Kind("webapp.segments.projection.project", "webapp.segments.projection.snapshot"),
    "evaluate": Kind("webapp.evaluations.projection.project", "webapp.evaluations.projection.snapshot"),
    "answers": Kind(
        "webapp.evaluations.task_projection.project", "webapp.evaluations.task_projection.snapshot"
    ),
    "choices": Kind(
        "webapp.evaluations.task_projection.project", "webapp.evaluations.task_projection.snapshot"
    ),
    "rejudge": Kind("webapp.audits.projection.project", "webapp.audits.projection.snapshot"),
    "try": Kind("webapp.playground.projection.project", "webapp.playground.projection.snapshot", short=True),
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

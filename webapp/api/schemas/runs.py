"""Runs, as the API shows them: the list's rows, one run with its verdict, its events and its log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Max, prefetch_related_objects
from django.utils import timezone
from ninja import Schema
from pydantic import Field

from webapp.api.schemas.common import JobState, PageQuery, Progress, job_state
from webapp.jobs.models import JobEvent
from webapp.runs.health import shown_state
from webapp.runs.models import Run, Tag
from webapp.runs.page import checks_of, warnings_of
from webapp.runs.snapshot import run_snapshot
from webapp.runs.stages import run_stages

RunFilter = Literal["", "active", "succeeded", "finished_short", "failed", "cancelled"]
RunSort = Literal["newest", "oldest", "name", "reward", "step"]
RunMethod = Literal["", "rpt", "rlpt", "rlvr", "sft", "ntp"]
RunKept = Literal["", "starred", "archived", "all"]
Action = Literal["cancel", "tag", "untag", "star", "unstar", "archive", "restore", "delete"]


class RunQuery(PageQuery):
    """Which runs, in which order."""

    q: str = Field("", max_length=200, description="Part of the run's or its corpus' name.")
    state: RunFilter = ""
    sort: RunSort = "newest"
    tag: str = Field("", max_length=40, description="Runs that have this tag.")
    method: RunMethod = Field("", description="Runs of this method; `ntp` is the supervised control.")
    corpus: int = Field(0, ge=0, lt=2**63, description="Runs on the corpus of this number; 0: on any.")
    show: RunKept = Field(
        "", description="Those not archived; the starred of them; those that are archived; all."
    )


class RunChange(Schema):
    """What is to be changed of a run; what is left out stays."""

    name: str | None = None
    notes: str | None = Field(None, description="Plain text.")
    tags: list[str] | None = Field(None, description="All tags it is to have.")
    starred: bool | None = None
    archived: bool | None = None


class BulkAction(Schema):
    """One verb for many runs."""

    action: Action
    runs: list[int] = Field(description="Their numbers; at most 10,000, and 200 to delete.")
    tags: list[str] = Field([], description="For `tag` and `untag`.")


class BulkDone(Schema):
    """What came of it. Runs that are not yours are in neither count."""

    changed: int
    left: int = Field(description="Runs it could not be done to.")
    why: str = Field(description="Why, of the first of them.")


class Launch(Schema):
    """An experiment to launch."""

    experiment: int


class RunOut(Schema):
    """A run, as a list shows it."""

    id: int
    name: str
    state: str = Field(description="Its job's state, or `cancelling`, or `stalled`: no news for too long.")
    experiment: int
    corpus: int
    corpus_name: str
    step: int
    steps_asked: int
    stage: str
    stage_label: str
    progress: Progress = Field(description="Of the current stage.")
    seconds_per_step: float | None
    eta_seconds: float | None = Field(description="How long a run at work still takes, about; else null.")
    last_reward: float | None
    last_event: datetime | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    is_control: bool = Field(description="Supervised next-token training.")
    control_of: int | None = Field(description="The RPT run that it is the control of.")
    start_from: str = Field(description="The checkpoint it began with, `run:12/step:15`; empty for none.")
    method: str = Field(description="rpt, rlpt, rlvr, sft or ntp.")
    changed: list[list[str]] = Field(description="[setting, value] of what differs from its preset.")
    health: Literal["", "good", "warn", "bad"] = Field(description="The worst check of its verdict.")
    health_note: str = Field(description="That check in a sentence.")
    tags: list[str]
    starred: bool
    archived: bool


class CheckOut(Schema):
    """One part of the verdict."""

    name: str = Field(description="Learning, Signal, Exploration, Drift, Output or System.")
    key: str = Field(description="The metric that is its evidence.")
    status: Literal["good", "warn", "bad", "none"]
    value: str
    caption: str
    sentence: str = Field(description="Value, threshold and window in words.")


class StageOut(Schema):
    """A stage before GRPO."""

    key: str
    label: str
    status: Literal["waiting", "running", "finished", "reused", "stopped"]
    detail: str
    seconds: float | None
    done: int
    total: int
    unit: str


class RunDetail(RunOut):
    """A run with its job, its verdict and its settings."""

    job: JobState
    verdict: list[CheckOut]
    stages: list[StageOut]
    warnings: list[dict[str, Any]] = Field(
        description="The latest warnings and errors of training, newest first."
    )
    controls: list[int] = Field(description="The numbers of its supervised controls, newest first.")
    notes: str
    config: dict[str, Any] = Field(description="As launched, with the server's own paths.")
    cursor: int = Field(description="Of its newest event: follow the run from there.")


class EventQuery(Schema):
    after: int = Field(0, ge=0, lt=2**63, description="The cursor of the last answer; 0: from the beginning.")


class Events(Schema):
    """At most 500 events after a cursor, and the state above them."""

    cursor: int = Field(description="Give it as `after` next time.")
    job: dict[str, Any] = Field(description="state, label, ended, attempt, error ...")
    run: dict[str, Any] = Field(
        description="step, steps_asked, stage_label, progress, eta_seconds, last_reward ..."
    )
    events: list[dict[str, Any]] = Field(
        description="id, attempt, seq, type, time (Unix seconds) and the payload."
    )


class LogQuery(Schema):
    attempt: int | None = Field(None, ge=1, description="The newest where it is left out.")
    offset: int | None = Field(None, ge=0, lt=2**63, description="Lines after this byte; else the last 200.")


class LogOut(Schema):
    """Whole lines of one attempt's output."""

    attempt: int
    lines: list[str]
    end: int = Field(description="Give it as `offset` next time.")
    cut: bool = Field(description="Earlier lines were left out.")


def runs_out(runs: list[Run]) -> list[RunOut]:
    """Rows of the list: tags and checkpoints are read once for all of them."""
    prefetch_related_objects(runs, "start_checkpoint")
    tags = Tag.objects.of_runs(run.pk for run in runs)
    return [RunOut(**_run(run), corpus_name=run.corpus_name, tags=tags.get(run.pk, [])) for run in runs]


def run_detail(run: Run) -> RunDetail:
    # The cursor is read first: what arrives meanwhile comes again with the events.
    cursor = JobEvent.objects.filter(job=run.job).aggregate(last=Max("pk"))["last"] or 0
    return RunDetail(
        **_run(run),
        corpus_name=run.experiment.corpus.name,
        tags=Tag.objects.of_runs([run.pk]).get(run.pk, []),
        notes=run.notes,
        cursor=cursor,
        job=job_state(run.job),
        verdict=[CheckOut.model_validate(check) for check in checks_of(run)],
        stages=[StageOut.model_validate(stage) for stage in run_stages(run)],
        warnings=[{**one, "moment": one["moment"].isoformat()} for one in warnings_of(run)],
        controls=[control.pk for control in run.control_runs],
        config=run.config,
    )


def _run(run: Run) -> dict[str, Any]:
    start = run.start_checkpoint
    return {
        **run_snapshot(run),
        "state": shown_state(run, timezone.now()),
        "experiment": run.experiment_id,
        "corpus": run.corpus_id,
        "created": run.created,
        "started": run.job.started,
        "finished": run.job.finished,
        "is_control": run.is_control,
        "control_of": run.control_of_id,
        "start_from": start.reference if start else "",
        **{name: getattr(run, name) for name in ("method", "changed", "health", "health_note")},
        "starred": run.starred,
        "archived": run.archived,
    }

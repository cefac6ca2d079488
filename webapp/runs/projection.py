"""Turn a run's events into the rows its pages read. Runs inside the transaction that stores the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Avg

from training.contract.events import (
    Began,
    CheckpointReduced,
    CheckpointRemoved,
    CheckpointSaved,
    Envelope,
    Metrics,
    Progress,
    Resumed,
    RolloutsWritten,
    StageChanged,
)
from webapp.jobs.models import Job
from webapp.runs.models import Checkpoint, MetricPoint, Rollout, RolloutGroup, Run
from webapp.runs.rollups import roll_up

REWARD = "reward/mean"
STEP_TIME = "time/step"
PACE_STEPS = 10
"""Steps the pace, and with it the time that is left, is taken over."""
WHOLE_RUN = ("tuning",)
"""Stages whose progress counts the steps of the run: only they know how many steps epochs make."""
BEFORE_TRAINING = "cold_start/"
"""Metrics of the cold start count steps of their own."""
FOLLOWED = (
    *("step", "steps_asked", "stage", "stage_done", "stage_total", "stage_unit", "seconds_per_step"),
    *("last_reward", "last_event", "start_weights_sha256"),
)
"""What events change of a run's row. The rest is people's: it may be edited while a batch is written."""


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Write the rows of these events, in order. Events of a job without a run row are left as they are."""
    run = Run.objects.filter(job=job).defer("config", "notes").first()
    if run is None or not envelopes:
        return
    points: dict[tuple[str, int], MetricPoint] = {}
    for envelope in envelopes:
        event, time = envelope.event, datetime.fromtimestamp(envelope.time, UTC)
        if isinstance(event, Metrics):
            points.update(_points(run, attempt, event, time))
            _follow_metrics(run, event)
        elif isinstance(event, RolloutsWritten):
            _store_rollouts(run, attempt, event)
        elif isinstance(event, CheckpointSaved):
            _store_checkpoint(run, attempt, event, time)
        elif isinstance(event, CheckpointRemoved):
            run.checkpoints.filter(path=event.path).update(removed=True)
        elif isinstance(event, CheckpointReduced):
            present = run.checkpoints.filter(path=event.path, removed=False)
            present.update(weights_only=True, bytes=event.bytes)
        elif isinstance(event, Began):
            run.start_weights_sha256 = event.weights_sha256
        elif isinstance(event, StageChanged) and event.status != "finished":
            run.stage, run.stage_done, run.stage_total, run.stage_unit = event.stage, 0, 0, ""
        elif isinstance(event, Progress):
            run.stage, run.stage_done = event.stage, event.done
            run.stage_total, run.stage_unit = event.total, event.unit
            if event.stage in WHOLE_RUN:
                run.steps_asked = event.total
        elif isinstance(event, Resumed):
            run.step = event.step
        run.last_event = time
    _store_points(points)
    roll_up(run, attempt, points.values())
    if any(key == STEP_TIME for key, _ in points):
        run.seconds_per_step = _pace(run, attempt)
    run.save(update_fields=FOLLOWED)


def _points(run: Run, attempt: int, event: Metrics, time: datetime) -> dict[tuple[str, int], MetricPoint]:
    """One point for each value that was measured, by key and step: a later event of a step wins."""
    return {
        (key, event.step): MetricPoint(
            run=run, key=key, attempt=attempt, step=event.step, value=value, time=time
        )
        for key, value in event.values.items()
        if value is not None
    }


def _store_points(points: dict[tuple[str, int], MetricPoint]) -> None:
    MetricPoint.objects.bulk_create(
        points.values(),
        update_conflicts=True,
        unique_fields=["run", "key", "attempt", "step"],
        update_fields=["value", "time"],
    )


def _follow_metrics(run: Run, event: Metrics) -> None:
    if all(key.startswith(BEFORE_TRAINING) for key in event.values):
        return
    run.step = event.step
    reward = event.values.get(REWARD)
    if reward is not None:
        run.last_reward = reward


def _pace(run: Run, attempt: int) -> float | None:
    """Mean wall time of the attempt's latest steps, in seconds."""
    latest = run.points.filter(key=STEP_TIME, attempt=attempt).order_by("-step").values("value")[:PACE_STEPS]
    mean: float | None = latest.aggregate(mean=Avg("value"))["mean"]
    return mean


def _store_rollouts(run: Run, attempt: int, event: RolloutsWritten) -> None:
    """Index rows of a step; a step written again in the same attempt takes the place of the first."""
    run.groups.filter(attempt=attempt, step=event.step).delete()
    groups = RolloutGroup.objects.bulk_create(
        RolloutGroup(
            run=run,
            attempt=attempt,
            step=event.step,
            group=ref.group,
            kind=ref.kind,
            file=event.file,
            offset=ref.offset,
            length=ref.length,
            document=ref.document,
            byte_start=ref.byte_start,
            entropy=ref.entropy,
            context_tail=ref.context_tail,
            truth=ref.truth,
            mean_reward=sum(ref.rewards) / len(ref.rewards) if ref.rewards else 0.0,
        )
        for ref in event.groups
    )
    Rollout.objects.bulk_create(
        Rollout(
            group=group,
            sample=sample,
            reward=reward,
            advantage=advantage,
            reason=reason,
            length=length,
        )
        for group, ref in zip(groups, event.groups, strict=True)
        for sample, (reward, advantage, reason, length) in enumerate(
            zip(ref.rewards, ref.advantages, ref.reasons, ref.lengths, strict=True)
        )
    )


def _store_checkpoint(run: Run, attempt: int, event: CheckpointSaved, time: datetime) -> None:
    # An earlier attempt's checkpoint of this step lay in the same folder and is no more.
    run.checkpoints.filter(path=event.path).exclude(attempt=attempt).update(removed=True)
    Checkpoint.objects.update_or_create(
        run=run,
        step=event.step,
        attempt=attempt,
        defaults={
            "path": event.path,
            "bytes": event.bytes,
            "weights_sha256": event.weights_sha256,
            "files": [file.model_dump() for file in event.model_files],
            "reward": event.reward,
            "best_by": event.best_by,
            "score": event.score,
            "weights_only": False,
            "removed": False,
            "created": time,
        },
    )

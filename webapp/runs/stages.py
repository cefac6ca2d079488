"""How far a run is before GRPO begins: its stages, made of the latest attempt's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from training.contract.events import STAGE_LABELS
from training.contract.settings.methods import GRPO_KINDS
from webapp.jobs.models import JobEvent
from webapp.runs.models import Run

Status = Literal["waiting", "running", "finished", "reused", "stopped"]
AFTER = ("train", "control", "tuning", "export")
"""Stages in which the steps of a run are done, or have been."""
_ONLY: dict[str, tuple[str, ...]] = {
    "positions": ("rpt", "ntp"),
    "segments": ("rlpt",),
    "filter": ("rlvr",),
    "cold_start": GRPO_KINDS,
    "engine": GRPO_KINDS,
}
"""Stages that only runs of some methods have; a run of another does not wait for them."""


@dataclass(frozen=True, slots=True)
class StageState:
    key: str
    label: str
    status: Status
    detail: str
    seconds: float | None  # how long it took, when it has ended
    done: int
    total: int  # 0: no count
    unit: str


def run_stages(run: Run) -> tuple[StageState, ...]:
    """The stages before GRPO, in order. A stage that was passed over is left out."""
    rows = list(JobEvent.objects.filter(job=run.job, type="stage").order_by("pk"))
    attempt = max((row.attempt for row in rows), default=run.job.attempt)
    events = [row.payload for row in rows if row.attempt == attempt]
    return stage_states(
        events,
        current=run.stage,
        progress=(run.stage_done, run.stage_total, run.stage_unit),
        ended=run.job.ended,
        order=stages_of(run.method),
    )


def stages_of(method: str) -> tuple[str, ...]:
    """The stages of a run of this method, in order."""
    return tuple(stage for stage in STAGE_LABELS if method in _ONLY.get(stage, (method,)))


def stage_states(
    events: Sequence[dict[str, Any]],
    *,
    current: str,
    progress: tuple[int, int, str],
    ended: bool,
    order: Sequence[str],
) -> tuple[StageState, ...]:
    """Pure part of `run_stages`: `events` are stage events of one attempt, in order."""
    latest = {event["stage"]: event for event in events}
    reached = max((order.index(key) for key in [*latest, current] if key in order), default=-1)
    found = []
    for place, key in enumerate(order):
        event = latest.get(key)
        if key in AFTER or (event is None and key != current and place < reached):
            continue
        status = _status(event, is_current=key == current, passed=place < reached, ended=ended)
        done, total, unit = progress if key == current and status in {"running", "stopped"} else (0, 0, "")
        found.append(
            StageState(
                key=key,
                label=STAGE_LABELS[key],
                status=status,
                detail=event.get("detail", "") if event else "",
                seconds=event.get("seconds") if event else None,
                done=done,
                total=total,
                unit=unit,
            )
        )
    return tuple(found)


def _status(event: dict[str, Any] | None, *, is_current: bool, passed: bool, ended: bool) -> Status:
    said = event["status"] if event else ""
    if said == "reused":
        return "reused"
    if said == "finished" or (said == "started" and passed and not is_current):
        return "finished"
    if said == "started" or is_current:
        return "stopped" if ended else "running"
    return "waiting"

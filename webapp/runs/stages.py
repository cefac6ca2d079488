"""How far a run is before GRPO begins: its stages, made of the latest attempt's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from training.contract.events import STAGE_LABELS
from webapp.jobs.models import JobEvent
from webapp.runs.models import Run

Status = Literal["waiting", "running", "finished", "reused", "stopped"]
_AFTER = ("train", "control", "tuning", "export")
_ONLY_RPT = ("cold_start", "engine")


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
    found = stage_states(
        events,
        current=run.stage,
        progress=(run.stage_done, run.stage_total, run.stage_unit),
        ended=run.job.ended,
    )
    return tuple(state for state in found if not (run.is_control and state.key in _ONLY_RPT))


def stage_states(
    events: Sequence[dict[str, Any]], *, current: str, progress: tuple[int, int, str], ended: bool
) -> tuple[StageState, ...]:
    """Pure part of `run_stages`: `events` are stage events of one attempt, in order."""
    latest = {event["stage"]: event for event in events}
    order = list(STAGE_LABELS)
    reached = max((order.index(key) for key in [*latest, current] if key in STAGE_LABELS), default=-1)
    found = []
    for place, key in enumerate(order):
        event = latest.get(key)
        if key in _AFTER or (event is None and key != current and place < reached):
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

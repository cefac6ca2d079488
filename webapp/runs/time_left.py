"""How long a run still takes: the form's estimate of what is left of it, at its own pace once it has one.

The demo's button promises what the form would say of it.
"""

from __future__ import annotations

from typing import Any

from training.contract.errors import ForesightError
from training.contract.presets import preset
from webapp.experiments.estimate import TimeEstimate, time_of
from webapp.jobs.models import State
from webapp.runs.models import Run
from webapp.runs.services.demo import PRESET
from webapp.runs.stages import AFTER, stages_of


def seconds_left(run: Run) -> float | None:
    """None for a run that is not at work, and where nobody can say: its steps or their tokens are not known."""
    return seconds_to_do(run) if run.job.state in (State.STARTING, State.RUNNING) else None


def seconds_to_do(run: Run) -> float | None:
    """What is left of a run once it is at work, also of one that waits still; None where nobody can say."""
    if not run.steps_asked:
        return None
    estimate = _estimate(run)
    if estimate:
        done = min(run.step, run.steps_asked)
        return round(estimate.left(done, started=run.stage in AFTER, taught=taught_share(run)), 1)
    pace = run.seconds_per_step
    return None if pace is None else round(max(0, run.steps_asked - run.step) * pace, 1)


def taught_share(run: Run) -> float:
    """The share of the cold start that is done, by the stage the run is in."""
    if run.stage in AFTER:
        return 1.0
    order = stages_of(run.method)
    if run.stage not in order or "cold_start" not in order:
        return 0.0
    if run.stage == "cold_start":
        return run.stage_done / run.stage_total if run.stage_total else 0.0
    return float(order.index(run.stage) > order.index("cold_start"))


def _estimate(run: Run) -> TimeEstimate | None:
    try:
        config = run.typed
    except ForesightError:  # of a schema that is no more
        return None
    return time_of(run.owner_id, config, run.steps_asked, itself=run)


def demo_seconds(user: Any) -> float | None:
    """How long the demo takes, from its launch to its end."""
    config = preset(PRESET)
    time = time_of(user, config, config.steps_known)
    return time.total if time else None

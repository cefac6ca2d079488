"""What state a run is shown in: its job's state, or that it is cancelling, fell silent or learnt nothing. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.jobs.models import Desired, State
from webapp.runs.models import Run

QUIET_SECONDS = 180.0
"""A run is taken for stalled after this long without an event, or after ten of its steps if that is longer."""
QUIET_STEPS = 10


def stalled_after(run: Run) -> float:
    """Seconds without an event after which the run counts as stalled."""
    return max(QUIET_SECONDS, QUIET_STEPS * (run.seconds_per_step or 0.0))


def is_stalled(run: Run, now: datetime) -> bool:
    """Whether a run that should be at work has not said anything for too long. It may still be at work."""
    last = max(filter(None, (run.last_event, run.job.started)), default=None)
    if run.job.state != "running" or last is None:
        return False
    return now - last > timedelta(seconds=stalled_after(run))


def chip_state(run: Run, now: datetime) -> str:
    """What the chip of a run says on pages: a key of the template library's STATES."""
    return "no_signal" if run.job.state == State.SUCCEEDED and run.no_signal else shown_state(run, now)


def shown_state(run: Run, now: datetime) -> str:
    """Its job's state, or `cancelling`, or `stalled`."""
    if not run.job.ended and run.job.desired == Desired.CANCEL:
        return "cancelling"
    return "stalled" if is_stalled(run, now) else str(run.job.state)

"""How an attempt ended: a pure judgement of its exit code and its last events.

Exit 0 is a claim to be checked: a trainer that did fewer steps than asked has finished short, and one
that says nothing has failed.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.contract.events import ENVELOPE, Event, Failed, Finished, ScanFinished
from webapp.jobs.models import State

BAD_INPUT = 2
"""Exit code of `python -m training` for input that no retry makes good; its log ends with `error: ...`."""
OUT_OF_MEMORY = "The machine may have run out of memory: lower the micro-batch or the lengths."
LOG_LINES = 40
LONGEST_BACK_OFF = 60.0
_TAIL_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the job goes next. QUEUED is a retry after `delay` seconds."""

    state: Any  # State
    error: dict[str, Any] = field(default_factory=dict)
    delay: float = 0.0


def judge(
    exit_code: int, events: Iterable[Event], log: list[str], *, failures: int, max_restarts: int
) -> Outcome:
    """Decide the next state of a job whose trainer has ended by itself.

    Args:
        exit_code: of the trainer, negative for a signal.
        events: the last events of the attempt, in order.
        log: the last lines of the trainer's output.
        failures: attempts in a row that ended without a new checkpoint, this one counted.
        max_restarts: how many of them are tried again.
    """
    finished, failed, scanned = None, None, False
    for event in events:
        finished = event if isinstance(event, Finished) else finished
        scanned = scanned or isinstance(event, ScanFinished)
        failed = event if isinstance(event, Failed) else failed
    if finished is not None and exit_code == 0:
        done = finished.steps_done >= finished.steps_asked
        return Outcome(State.SUCCEEDED) if done else Outcome(State.FINISHED_SHORT, _short(finished, log))
    if scanned and exit_code == 0:
        return Outcome(State.SUCCEEDED)
    error = _error(exit_code, failed, log)
    if error["retryable"] and failures <= max_restarts:
        return Outcome(State.QUEUED, error, back_off(failures))
    return Outcome(State.FAILED, error)


def back_off(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4, 8 ... up to 60."""
    return float(min(2.0 ** min(failures, 10), LONGEST_BACK_OFF))


def error_record(message: str, *, remedy: str = "", log: list[str], retryable: bool = True) -> dict[str, Any]:
    """What Job.error holds for an end the trainer could not report itself."""
    return {"message": message, "field": "", "remedy": remedy, "retryable": retryable, "log": log}


def _short(finished: Finished, log: list[str]) -> dict[str, Any]:
    message = f"The trainer stopped after {finished.steps_done} of {finished.steps_asked} steps."
    return error_record(message, remedy="Read the log, then resume the run.", log=log)


def _error(exit_code: int, failed: Failed | None, log: list[str]) -> dict[str, Any]:
    if failed is not None:
        return {**failed.model_dump(exclude={"type"}), "log": log}
    if exit_code == BAD_INPUT:
        named = [line.removeprefix("error: ") for line in log if line.startswith("error: ")]
        message = named[-1] if named else "The trainer refused its input."
        return error_record(message, log=log, retryable=False)
    if exit_code == 0:
        return error_record("The trainer stopped without saying that it had finished.", log=log)
    if exit_code < 0:
        message = f"The trainer was ended by {_signal_name(-exit_code)}."
        return error_record(message, remedy=OUT_OF_MEMORY if exit_code == -signal.SIGKILL else "", log=log)
    return error_record(f"The trainer stopped with exit code {exit_code}.", log=log)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_events(path: Path) -> list[Event]:
    """The events at the end of a spool; nothing for a missing file. Lines that are no event are left out:
    ingest names the damage, and what is whole still says how the attempt ended."""
    lines = tail_lines(path, None)
    events: list[Event] = []
    for line in lines:
        try:
            events.append(ENVELOPE.validate_json(line).event)
        except ValueError:
            continue
    return events


def tail_lines(path: Path, count: int | None = LOG_LINES) -> list[str]:
    """The last lines of a text file, as far as they lie in its last 4 MB; none for a missing one."""
    try:
        with open(path, "rb") as file:
            start = max(0, file.seek(0, 2) - _TAIL_BYTES)
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return []
    lines = data.decode("utf-8", errors="replace").splitlines()
    return lines if count is None else [line[:1000] for line in lines[-count:]]

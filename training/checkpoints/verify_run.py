"""Check a finished run: its checkpoints, its spools, its steps. Reads only; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from training.checkpoints.manifest import verify_checkpoint
from training.checkpoints.store import list_checkpoints, step_of
from training.contract.errors import ForesightError
from training.contract.events import (
    CheckpointRemoved,
    CheckpointSaved,
    Envelope,
    Finished,
    Metrics,
    Progress,
    RolloutsWritten,
)
from training.contract.experiment import load_experiment
from training.contract.stream import read_after

_STEP_METRICS = {
    "reward/mean",
    "control/loss",
    "sft/loss",
}  # every step has one; the cold start's steps do not


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    ok: bool
    text: str  # one line


def verify_run(run_dir: Path) -> list[Finding]:
    """Check every checkpoint, every spool's numbers, the rollout files, and steps done against asked.

    Raises:
        ForesightError: the folder is no run.
    """
    spools = sorted(run_dir.glob("events.*.jsonl"), key=_attempt)
    if not spools and not (run_dir / "experiment.yaml").is_file():
        raise ForesightError(
            f"{run_dir} holds no experiment.yaml and no events: it is no run.",
            field="run_dir",
            remedy="Name the folder of a run.",
        )
    findings = [_checkpoint(folder) for folder in list_checkpoints(run_dir)]
    envelopes: list[Envelope] = []
    for spool in spools:
        events, finding = _spool(spool)
        envelopes += events
        findings.append(finding)
    if not spools:
        findings.append(Finding(False, "events: there is no spool, so nothing was ever run"))
    findings += _lost_checkpoints(run_dir, envelopes)
    findings += _rollouts(run_dir, envelopes)
    findings.append(_steps(run_dir, envelopes))
    return findings


def _attempt(spool: Path) -> tuple[int, str]:
    number = spool.name.split(".")[1]
    return (int(number) if number.isdigit() else 0, spool.name)


def _checkpoint(folder: Path) -> Finding:
    try:
        manifest = verify_checkpoint(folder)
    except ForesightError as error:
        return Finding(False, f"checkpoint: {error.message}")
    if manifest.step != step_of(folder):
        return Finding(False, f"checkpoint: {folder.name} says that it is of step {manifest.step}.")
    text = f"checkpoint: {folder.name} verified, {len(manifest.files)} files, {manifest.bytes} bytes"
    return Finding(True, text)


def _lost_checkpoints(run_dir: Path, envelopes: list[Envelope]) -> list[Finding]:
    """One finding for each checkpoint that was announced, not removed by the run, and is not there."""
    announced: dict[str, None] = {}
    for envelope in envelopes:
        if isinstance(envelope.event, CheckpointSaved):
            announced[envelope.event.path] = None
        elif isinstance(envelope.event, CheckpointRemoved):
            announced.pop(envelope.event.path, None)
    lost = [path for path in announced if not (run_dir / path).is_dir()]
    return [Finding(False, f"checkpoint: {path} was saved and is missing") for path in lost]


def _spool(spool: Path) -> tuple[list[Envelope], Finding]:
    """The events of a spool up to the first fault, and whether its numbers run 1, 2, 3 ..."""
    events: list[Envelope] = []
    try:
        for expected, envelope in enumerate(read_after(spool), start=1):
            if envelope.seq != expected:
                return events, Finding(
                    False, f"events: {spool.name} has {envelope.seq} where {expected} belongs"
                )
            events.append(envelope)
    except ValueError:
        return events, Finding(False, f"events: {spool.name} has a damaged line after event {len(events)}")
    return events, Finding(True, f"events: {spool.name} has 1 to {len(events)} without a gap")


def _rollouts(run_dir: Path, envelopes: list[Envelope]) -> list[Finding]:
    """One finding for each rollout file that is shorter than its events say, or one for all."""
    ends: dict[str, int] = {}
    for envelope in envelopes:
        if isinstance(envelope.event, RolloutsWritten):
            # A step repeated by a later attempt replaces the file: the last word counts.
            ends[envelope.event.file] = max(
                (ref.offset + ref.length for ref in envelope.event.groups), default=0
            )
    faults = []
    for name, end in ends.items():
        path = run_dir / name
        if not path.is_file():
            faults.append(Finding(False, f"rollouts: {name} is missing"))
        elif path.stat().st_size < end:
            faults.append(Finding(False, f"rollouts: {name} is shorter than its events say"))
    return faults or [Finding(True, f"rollouts: {len(ends)} files as their events say")]


def _steps(run_dir: Path, envelopes: list[Envelope]) -> Finding:
    events = [envelope.event for envelope in envelopes]
    done = {
        event.step for event in events if isinstance(event, Metrics) and _STEP_METRICS & event.values.keys()
    }
    done.discard(0)
    claims = [event for event in events if isinstance(event, Finished)]
    try:
        known = load_experiment(run_dir / "experiment.yaml").steps_known
    except ForesightError as error:
        return Finding(False, f"steps: {len(done)} done; how many were asked is unknown: {error.message}")
    # Where epochs decide, the run said how many steps they make as soon as it knew.
    told = [event.total for event in events if isinstance(event, Progress) and event.stage == "tuning"]
    asked = max(told, default=0) if known is None else known
    missing = sorted(set(range(1, asked + 1)) - done)
    text = f"steps: {len(done)} of {asked} done"
    if missing:
        return Finding(False, f"{text}; no metrics of {_ranges(missing)}")
    if claims and claims[-1].steps_done != max(done, default=0):
        return Finding(False, f"{text}; the run itself claims {claims[-1].steps_done}")
    return Finding(True, text)


def _ranges(numbers: list[int]) -> str:
    """`1, 4 to 6` for [1, 4, 5, 6]."""
    parts = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        parts.append(str(members[0]) if len(members) == 1 else f"{members[0]} to {members[-1]}")
    return ", ".join(parts)

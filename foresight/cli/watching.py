"""What is said of a run while it is watched: lines for what happens, a bar for how far it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from foresight.cli.terminal import bar, duration, printable
from foresight.models import Events

REWARD = "reward/mean"
_STEPPING = ("train", "control")
"""Stages that are counted by the run's own steps."""
_BAR = 28
_TENTHS = 10


class Watch:
    """Takes the messages of one run, in order."""

    def __init__(self, every_step: bool) -> None:
        """With `every_step` False, steps and progress make no lines: a bar shows them."""
        self.every_step = every_step
        self._attempt = 0
        self._tenth: tuple[str, int] = ("", 0)
        self._waiting = ""

    def lines(self, message: Events) -> Iterator[str]:
        """What has happened, a line each."""
        yield from self._queued(message.job)
        for event in message.events:
            if event["attempt"] > max(self._attempt, 1):
                yield f"attempt {event['attempt']}"
            self._attempt = event["attempt"]
            line = self._line(event, message.run)
            if line:
                yield line

    def status(self, message: Events) -> str:
        """The line with the bar."""
        run, job = message.run, message.job
        progress = run["progress"]
        if not run["stage"] or job["state"] in {"queued", "starting"}:
            return f"{job['label']}{_ahead(job)}"
        training = run["stage"] in _STEPPING
        done, total = (run["step"], run["steps_asked"]) if training else (progress["done"], progress["total"])
        unit = "steps" if training else progress["unit"]
        counted = f"{done}/{total} {unit}" if total else ""
        parts = [f"{run['stage_label'] or run['stage']} |{bar(done, total, _BAR)}|", counted, *_pace(run)]
        return "  ".join(part for part in parts if part)

    def _queued(self, job: Mapping[str, Any]) -> Iterator[str]:
        waiting = f"{job['label']}{_ahead(job)}" if job["state"] == "queued" else ""
        if self.every_step and waiting and waiting != self._waiting:
            yield waiting
        self._waiting = waiting

    def _line(self, event: Mapping[str, Any], run: Mapping[str, Any]) -> str:
        kind = event["type"]
        if kind == "metrics" and self.every_step and REWARD in event["values"]:
            return _step(event, run)
        if kind == "progress" and self.every_step:
            return self._progress(event)
        if kind == "stage" and event["status"] != "finished":
            detail = f": {event['detail']}" if event.get("detail") else ""
            reused = " reused" if event["status"] == "reused" else ""
            return printable(f"stage {event['stage']}{reused}{detail}")
        if kind == "log" and event["level"] in {"warning", "error"}:
            return printable(f"{event['level']}: {event['text']}")
        if kind == "checkpoint":
            return f"checkpoint of step {event['step']}"
        if kind == "resumed":
            return f"goes on from the checkpoint of step {event['step']}"
        if kind == "failed":
            return printable(f"failed: {event['message']} {event['remedy']}".rstrip())
        return ""

    def _progress(self, event: Mapping[str, Any]) -> str:
        """A line for each tenth of a stage; steps have lines of their own."""
        if not event["total"] or event["unit"] == "steps":
            return ""
        tenth = (event["stage"], _TENTHS * event["done"] // event["total"])
        if tenth == self._tenth:
            return ""
        self._tenth = tenth
        return printable(f"{event['stage']} {event['done']}/{event['total']} {event['unit']}")


def ending(message: Events) -> str:
    """How the run has ended, with what to do about it."""
    job, run = message.job, message.run
    reward = "" if run["last_reward"] is None else f", reward {run['last_reward']:.3f}"
    said = f"{job['label']} after {run['step']} of {run['steps_asked']} steps{reward}."
    error = job["error"]
    if error and job["state"] != "succeeded":
        said = " ".join(part for part in (said, error.get("message", ""), error.get("remedy", "")) if part)
    return printable(said)


def _step(event: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    reward = event["values"][REWARD]
    said = "not measured" if reward is None else f"{reward:.3f}"
    left = _left(event["step"], run)
    return f"step {event['step']} of {run['steps_asked']}  reward {said}{f'  {left} left' if left else ''}"


def _pace(run: Mapping[str, Any]) -> Iterator[str]:
    if run["last_reward"] is not None:
        yield f"reward {run['last_reward']:.3f}"
    if run["eta_seconds"] and run["step"]:
        yield f"{duration(run['eta_seconds'])} left"


def _left(step: int, run: Mapping[str, Any]) -> str:
    pace = run["seconds_per_step"]
    return "" if pace is None else duration(max(0, run["steps_asked"] - step) * pace)


def _ahead(job: Mapping[str, Any]) -> str:
    ahead = job["ahead"]
    return f", {ahead} ahead of it" if ahead else ""

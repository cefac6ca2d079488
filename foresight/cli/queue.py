"""`foresight queue`: what is at work and what waits; a job is moved or cancelled."""

from __future__ import annotations

import argparse

from foresight.cli.site import open_client
from foresight.cli.terminal import duration, json_text, table
from foresight.models import QueueJob, QueueOut

_HEAD = ("JOB", "PLACE", "WHAT", "STATE", "MACHINE", "DONE", "LEFT", "STARTS IN")
_WAYS = (
    ("first", "move a job that waits to the front"),
    ("up", "move it one place up"),
    ("down", "move it one place down"),
    ("cancel", "end it, or take it out of the queue"),
)


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "queue",
        parents=[common],
        help="show the queue, move or cancel a job",
        description="Without an option shows what is at work and what waits. Your own jobs move among their own "
        "places; administrators move all.",
    )
    one = parser.add_mutually_exclusive_group()
    for way, help_ in _WAYS:
        one.add_argument(f"--{way}", type=int, metavar="JOB", help=help_)
    parser.set_defaults(command=run_queue)


def run_queue(arguments: argparse.Namespace) -> int:
    """1 when nothing has changed."""
    asked = next(((way, job) for way, _ in _WAYS if (job := getattr(arguments, way)) is not None), ("", 0))
    way, job = asked
    with open_client() as client:
        if not way:
            found = client.queue.show()
            print(json_text(found) if arguments.json else _shown(found))
            return 0
        answer = client.queue.cancel(job) if way == "cancel" else client.queue.move(job, way)
    print(json_text(answer) if arguments.json else answer.message)
    return 0 if answer.changed else 1


def _shown(found: QueueOut) -> str:
    jobs = (*found.at_work, *found.waiting, *found.waiting_short)
    if not jobs:
        return "Nothing is at work, and nothing waits."
    lines = [table(_HEAD, map(_row, jobs), numbers=(0, 1, 6, 7))]
    if found.unshown:
        lines.append(f"{found.unshown} more wait behind these.")
    return "\n".join(lines)


def _row(job: QueueJob) -> tuple[object, ...]:
    done = job.progress
    return (
        job.id,
        job.place or "–",
        job.what,
        job.state,
        job.machine or "–",
        "–" if done is None else f"{done.done}/{done.total} {done.unit}".strip(),
        duration(job.seconds_left),
        duration(job.starts_in),
    )

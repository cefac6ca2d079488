"""`foresight watch`: follow a run to its end. 0: it succeeded; 1: it failed, was cancelled or stopped short."""

from __future__ import annotations

import argparse
import json

from foresight.cli.site import open_client
from foresight.cli.terminal import StatusLine
from foresight.cli.watching import Watch, ending
from foresight.client import Client
from foresight.models import Events

INTERRUPTED = 130


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "watch",
        parents=[common],
        help="follow a run to its end",
        description="Shows a bar in a terminal, and a line for each step elsewhere. Ends with 0 when the run has "
        "succeeded, with 1 when it has not. Ctrl-C stops watching; the run goes on.",
    )
    parser.add_argument("run", type=int, metavar="RUN", help="the run's number")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        return watch(client, arguments.run, json_lines=arguments.json)


def watch(client: Client, number: int, *, json_lines: bool = False, after: int | None = None) -> int:
    """Follow from the cursor `after`; None: from now on."""
    status = StatusLine()
    shown = Watch(every_step=not status.live)
    last: Events | None = None
    try:
        start = client.runs.show(number).cursor if after is None else after
        for message in client.runs.follow(number, start):
            last = message
            if json_lines:
                for event in message.events:
                    print(json.dumps(event, ensure_ascii=False), flush=True)
                continue
            for line in shown.lines(message):
                status.print(line)
            status.show(shown.status(message))
    except KeyboardInterrupt:
        status.clear()
        print(f"The run goes on: `foresight watch {number}` follows it again.")
        return INTERRUPTED
    assert last is not None  # `follow` gives one message at least
    status.clear()
    state = last.job["state"]
    print(json.dumps({"type": "end", "job": last.job, "run": last.run}) if json_lines else ending(last))
    return 0 if state == "succeeded" else 1

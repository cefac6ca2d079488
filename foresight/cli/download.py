"""`foresight download`: a checkpoint as a Hugging Face folder, each file checked against its SHA-256."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from foresight.cli.site import open_client
from foresight.cli.terminal import StatusLine, bar, json_text, size

_BAR = 28


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "download",
        parents=[common],
        help="download a checkpoint",
        description="Files that are there already and whole are not fetched again; a broken download goes on.",
    )
    parser.add_argument("run", type=int, metavar="RUN", help="the run's number")
    parser.add_argument("--step", type=int, metavar="N", help="of the checkpoint; the newest otherwise")
    parser.add_argument("--to", type=Path, metavar="DIR", help="the folder; run-RUN-step-N otherwise")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    status = StatusLine(sys.stderr)

    def report(file: str, done: int, total: int) -> None:
        if done < total:
            status.show(f"{file} |{bar(done, total, _BAR)}|  {size(done)} of {size(total)}")
        else:
            status.print(f"{file}  {size(total)}  sha256 is right")

    with open_client() as client:
        found = client.checkpoints.find(arguments.run, arguments.step)
        folder = client.checkpoints.download(arguments.run, found.step, arguments.to, report)
    status.clear()
    if arguments.json:
        print(json_text({"run": arguments.run, "step": found.step, "folder": str(folder)}))
    else:
        print(f"Step {found.step} of run {arguments.run} is in {folder}")
    return 0

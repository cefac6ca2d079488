"""`foresight export`: rollouts as JSON lines, which `python -m training reward` reads."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from foresight.cli.site import open_client

_STEPS = re.compile(r"(\d{1,9})(-(\d{1,9})?)?")


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "export",
        parents=[common],
        help="rollouts of some steps as JSON lines",
        description="A line for each rollout: context, continuation, response, prediction, reason, reward, advantage "
        "... A group that the site cannot read gives a line with an error; the command then ends with 1.",
    )
    parser.add_argument("run", type=int, metavar="RUN", help="the run's number")
    parser.add_argument(
        "--steps", type=_steps, default=(0, None), metavar="A-B", help="3, 3-7 or 3-; all otherwise"
    )
    parser.add_argument("--reason", default="", help="only rollouts that were judged so: match, mismatch ...")
    parser.add_argument("--tokens", action="store_true", help="with token ids, texts and log-probs")
    parser.add_argument("--to", type=Path, metavar="FILE", help="standard output otherwise")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    first, last = arguments.steps
    rows = errors = 0
    with open_client() as client, _out(arguments.to) as out:
        found = client.rollouts.export(
            arguments.run, first, last, reason=arguments.reason, tokens=arguments.tokens
        )
        for row in found:
            out.write(f"{json.dumps(row, ensure_ascii=False)}\n")
            rows += 1
            errors += "error" in row
    if arguments.to:
        print(f"{rows - errors:,} rollouts are in {arguments.to}", file=sys.stderr)
    if errors:
        print(f"{errors} groups could not be read; their lines say why.", file=sys.stderr)
    return 1 if errors else 0


def _steps(text: str) -> tuple[int, int | None]:
    match = _STEPS.fullmatch(text.strip())
    first = int(match[1]) if match else 0
    last = int(match[3]) if match and match[3] else None if match and match[2] else first
    if match is None or (last is not None and last < first):
        raise argparse.ArgumentTypeError(f"{text!r} names no steps: write 3, 3-7 or 3-")
    return first, last


@contextmanager
def _out(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is there only once it is whole."""
    if path is None:
        yield sys.stdout
        return
    partial = path.with_name(f"{path.name}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        yield file
    partial.replace(path)

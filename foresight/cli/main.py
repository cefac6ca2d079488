"""The command line: its parser, and what an error looks like."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from foresight.cli import (
    compare,
    corpora,
    download,
    export,
    invite,
    launch,
    login,
    projects,
    queue,
    runs,
    try_model,
    watch,
)
from foresight.cli.terminal import printable
from foresight.errors import ApiError, ForesightClientError

REFUSED, INTERRUPTED = 2, 130
_MODULES = (
    login,
    runs,
    launch,
    watch,
    download,
    export,
    try_model,
    compare,
    corpora,
    invite,
    projects,
    queue,
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="foresight",
        description="Work with a Foresight site. Ends with 0 when all went well, with 1 when a run failed or there "
        "was nothing to do, and with 2 when the site refused or did not answer.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON for a program")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in _MODULES:
        module.register(commands, common)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parsed = build_parser().parse_args(arguments)
    try:
        code: int = parsed.command(parsed)
        sys.stdout.flush()
        return code
    except ForesightClientError as error:
        _print_error(error)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `foresight export 3 | head` reads no more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # the disk is full, a folder is not ours
        _print_error(error)
        return REFUSED


def _print_error(error: ForesightClientError | OSError) -> None:
    errors = error.errors if isinstance(error, ApiError) else {}
    field = error.field if isinstance(error, ApiError) and len(errors) < 2 else ""
    print(f"error: {field}{': ' if field else ''}{printable(error)}", file=sys.stderr)
    if len(errors) > 1:
        for name, said in errors.items():
            print(f"  {printable(name) or 'settings'}: {printable(said)}", file=sys.stderr)

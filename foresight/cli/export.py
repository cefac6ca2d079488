"""`foresight export`: rollouts as JSON lines, which `python -m training reward` reads: all of some steps, or those
that filters find."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from foresight import Client
from foresight.cli.site import open_client

_STEPS = re.compile(r"(\d{1,9})(-(\d{1,9})?)?")
_FILTERS: tuple[tuple[str, type, str, str], ...] = (
    ("where", str, "TEXT", "the words are in the context, truth, prediction or response"),
    ("miss", str, "CLASS", "of the prefix ruler: hit, off_boundary, form ..."),
    ("pattern", str, "NAME", "of reasoning: reflection, deduction ...; any"),
    ("kind", str, "KIND", "of task: token, asr, msr, problem"),
    ("marked", str, "MARK", "by you: starred, noted, any"),
    ("reward_min", float, "R", "the lowest reward"),
    ("reward_max", float, "R", "the highest reward"),
    ("entropy_min", float, "NATS", "the lowest entropy of the position"),
    ("entropy_max", float, "NATS", "the highest entropy of the position"),
    ("length_min", int, "TOKENS", "the shortest response"),
    ("length_max", int, "TOKENS", "the longest response"),
    ("sort", str, "ORDER", "newest, oldest, worst, best, advantage, longest, shortest, hardest"),
)
"""Options that are named as the filters of the API."""


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "export",
        parents=[common],
        help="rollouts of a run as JSON lines",
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
    _add_filters(parser)
    parser.set_defaults(command=run)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "filters",
        "Those of the page of all rollouts. With any of them, or an order, at most 10,000 rollouts come, each with its "
        "class, its patterns and your star and note.",
    )
    group.add_argument("--search", dest="q", metavar="WORDS", help='all must occur; "a phrase", begin*')
    for name, kind, metavar, said in _FILTERS:
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=metavar, help=said)


def run(arguments: argparse.Namespace) -> int:
    rows = errors = 0
    with open_client() as client, _out(arguments.to) as out:
        for row in _rows(client, arguments):
            out.write(f"{json.dumps(row, ensure_ascii=False)}\n")
            rows += 1
            errors += "error" in row
    if arguments.to:
        print(f"{rows - errors:,} rollouts are in {arguments.to}", file=sys.stderr)
    if errors:
        print(f"{errors} groups could not be read; their lines say why.", file=sys.stderr)
    return 1 if errors else 0


def _rows(client: Client, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The rollouts of the steps, or of those the ones that the filters find."""
    first, last = arguments.steps
    chosen = _chosen(arguments)
    if not chosen:
        yield from client.rollouts.export(
            arguments.run, first, last, reason=arguments.reason, tokens=arguments.tokens
        )
        return
    chosen |= {"first": first, "reason": arguments.reason} | ({} if last is None else {"last": last})
    page = client.rollouts.search_page(arguments.run, **chosen)
    if page.behind:
        print(f"Later steps than {page.indexed_step} cannot be searched yet.", file=sys.stderr)
    if page.more:
        print(f"More rollouts match than these {page.total:,}: narrow the filters.", file=sys.stderr)
    yield from client.rollouts.export_selection(arguments.run, tokens=arguments.tokens, **chosen)


def _chosen(arguments: argparse.Namespace) -> dict[str, Any]:
    """The filters that were given, and the order."""
    names = ("q", *(name for name, *_ in _FILTERS))
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


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

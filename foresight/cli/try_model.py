"""`foresight try`: ask a checkpoint at one context and watch it think. 0: answered; 1: it was not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foresight.cli.site import open_client
from foresight.cli.terminal import StatusLine, json_text, printable, table
from foresight.client import Client
from foresight.errors import ForesightClientError
from foresight.models import TryDetail, TryEvents

_VERDICT = {True: "yes", False: "no", None: ""}
_HEAD = ("#", "RIGHT", "PREDICTION", "TOKENS", "WHY NOT")


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "try",
        parents=[common],
        help="ask a checkpoint or a model at one context",
        description="Prints the first response as it grows, then every prediction against the truth. Ctrl-C stops the "
        "question; what was said is kept.",
    )
    parser.add_argument("of", metavar="OF", help="run:12/step:15, run:12/base or model:NAME")
    parser.add_argument(
        "--context", default="", metavar="TEXT", help="the text so far; - reads standard input"
    )
    parser.add_argument("--context-file", type=Path, metavar="FILE", help="the text so far, from a file")
    parser.add_argument("--truth", default="", metavar="TEXT", help="how it really goes on")
    parser.add_argument("--document", type=int, metavar="N", help="in place of a text: of the run's corpus")
    parser.add_argument("--at", type=int, metavar="BYTE", help="where in the document the context ends")
    parser.add_argument("--samples", type=int, default=1, metavar="K", help="responses (1)")
    parser.add_argument("--temperature", type=float, metavar="T")
    parser.add_argument("--max-tokens", type=int, metavar="N")
    parser.add_argument("--seed", type=int, metavar="N")
    parser.add_argument("--template", metavar="NAME", help="of a model without a run: v0 to v6, short")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    names = ("truth", "document", "at", "samples", "temperature", "max_tokens", "seed", "template")
    given = {name: getattr(arguments, name) for name in names}
    with open_client() as client:
        asked = client.tries.ask(arguments.of, _context(arguments), **given)
        try:
            _follow(client, asked.id, quiet=arguments.json)
        except KeyboardInterrupt:
            client.tries.stop(asked.id)
            _follow(client, asked.id, quiet=True)
        found = client.tries.show(asked.id)
    print(json_text(found) if arguments.json else "\n".join(_said(found)))
    return 0 if found.state in {"answered", "stopped"} else 1


def _context(arguments: argparse.Namespace) -> str:
    if arguments.context_file:
        return str(arguments.context_file.read_text(encoding="utf-8"))
    context: str = sys.stdin.read() if arguments.context == "-" else arguments.context
    if not context and arguments.document is None:
        raise ForesightClientError(
            "There is no context.", remedy="Give --context, --context-file or --document."
        )
    return context


def _follow(client: Client, question: int, *, quiet: bool) -> None:
    """Print the first response as it grows; the status line says what it waits for before."""
    status = StatusLine(sys.stderr)
    for message in client.tries.follow(question):
        if quiet:
            continue
        grown = "".join(_grown(message))
        if grown:
            status.clear()
            print("\n".join(map(printable, grown.split("\n"))), end="", flush=True)
        elif message.state == "waiting":
            status.show("Waits for the model")
    status.clear()
    if not quiet:
        print()


def _grown(message: TryEvents) -> Iterator[str]:
    for event in message.events:
        parts: list[dict[str, Any]] = event["parts"] if event["type"] == "try_tokens" else []
        yield from (part["text"] for part in parts if part["sample"] == 0)


def _said(found: TryDetail) -> Iterator[str]:
    if found.error:
        yield f"{found.error} {found.remedy}".strip()
        return
    if found.state == "lost":
        error = found.job.error
        yield printable(error.message if error else "The process ended before it had answered. Ask again.")
        return
    if found.truth:
        yield f"truth {found.truth!r}"
    if found.plain:
        right = _VERDICT[found.plain["right"]]
        share = f"{100 * found.plain['probability']:.1f} %"
        yield f"plain {found.plain['token']!r} ({share}{f', right: {right}' if right else ''})"
    rows = [
        (
            one.sample + 1,
            _VERDICT[one.right],
            "" if one.prediction is None else repr(one.prediction),
            one.tokens,
            "" if one.right else (one.reason or one.miss),
        )
        for one in found.responses
    ]
    yield table(_HEAD, rows, numbers=(0, 3))
    if found.seconds and found.tokens:
        yield f"{found.tokens} tokens in {found.seconds:.1f} s on {found.device}"

"""`foresight invite` and `foresight join`: a second person judges a sample of a run's judged pairs."""

from __future__ import annotations

import argparse

from foresight.cli.site import open_client
from foresight.cli.terminal import json_text


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    invite = commands.add_parser(
        "invite",
        parents=[common],
        help="have a second person judge a sample",
        description="Prints a link. Whoever has an account and opens it can judge the sample, and sees nothing else of "
        "the run.",
    )
    invite.add_argument(
        "sample", type=int, metavar="SAMPLE", help="its number, as in the address of its page"
    )
    invite.set_defaults(command=run_invite)
    join = commands.add_parser("join", parents=[common], help="open a sample you were invited to judge")
    join.add_argument("invitation", metavar="LINK", help="what `foresight invite` printed")
    join.set_defaults(command=run_join)


def run_invite(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        found = client.audits.invite(arguments.sample)
    print(json_text(found) if arguments.json else found.url)
    return 0


def run_join(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        found = client.audits.join(arguments.invitation)
        page = f"{client.url}/audits/{found.id}/"
    left = found.pairs - found.answered
    print(json_text(found) if arguments.json else f"{left} of {found.pairs} pairs wait for you: {page}")
    return 0

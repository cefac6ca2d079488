"""`foresight projects`: the projects you belong to. FORESIGHT_PROJECT says in which one all commands work."""

from __future__ import annotations

import argparse

from foresight.cli.site import PROJECT, open_client
from foresight.cli.terminal import json_text, printable


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "projects",
        parents=[common],
        help="list the projects you belong to",
        description=f"Every command works in the project whose number {PROJECT} holds; without it, in your own work.",
    )
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        found = list(client.projects.list())
    if arguments.json:
        print(json_text(found))
        return 0
    for one in found:
        print(f"{one.id:>6}  {one.role:<6}  {printable(one.name)}")
    if not found:
        print("You belong to no project.")
    return 0

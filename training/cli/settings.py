"""`settings`: the reference of every setting, as Markdown."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from training.contract.preparation import preparation_markdown
from training.contract.reference import settings_markdown

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("settings", help="print the reference of every setting")
    parser.set_defaults(command=settings)


def settings(options: argparse.Namespace) -> int:
    print(settings_markdown(), preparation_markdown(), sep="\n", end="")
    return 0

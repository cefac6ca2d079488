"""`preset NAME`: print a preset as an experiment file to start from."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from training.contract.experiment import dump_yaml
from training.contract.presets import PRESETS, preset

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("preset", help="print a preset as an experiment file")
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(PRESETS)}")
    parser.set_defaults(command=print_preset)


def print_preset(options: argparse.Namespace) -> int:
    """Write the preset's YAML to stdout."""
    sys.stdout.write(dump_yaml(preset(options.name)))
    return 0

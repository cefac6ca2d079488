"""`fetch-model NAME [DIR]`: have a model on this machine before it is needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("fetch-model", help="fetch a model and check its folder")
    parser.add_argument("name", metavar="NAME", help="a catalogue name or a Hugging Face id (org/name)")
    parser.add_argument(
        "directory", metavar="DIR", nargs="?", type=Path, help="models root; default $FORESIGHT_HOME/models"
    )
    parser.set_defaults(command=fetch_model)


def fetch_model(options: argparse.Namespace) -> int:
    """Print the model's folder."""
    from training.models.catalogue import models_root, resolve_model

    print(resolve_model(options.name, options.directory or models_root()))
    return 0

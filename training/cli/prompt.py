"""`prompt --config experiment.yaml`: the exact prompt of a position, before anything is launched."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.contract.experiment import load_experiment

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("prompt", help="print the exact prompt of a position")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml")
    parser.add_argument("--position", type=int, default=0, metavar="N", help="which position, from 0")
    parser.add_argument("--json", action="store_true", help="print it as JSON with all that is known of it")
    parser.set_defaults(command=prompt)


def prompt(options: argparse.Namespace) -> int:
    """Print the prompt byte for byte to stdout, and what it is to stderr; with --json one JSON object."""
    from training.probe.preview import preview

    if options.position < 0:
        raise ForesightError("Positions count from 0.", field="position", remedy="Ask for 0 or more.")
    found = preview(load_experiment(options.config), options.position)
    if options.json:
        print(found.model_dump_json())
        return 0
    sys.stdout.write(found.prompt)
    sys.stdout.flush()
    entropy = "not scanned" if found.entropy is None else f"{found.entropy:.2f} nats"
    print(
        f"\n{found.tokens} of {found.max_tokens} tokens; document {found.document} ({found.document_name}), "
        f"byte {found.byte_start}, {entropy}; the true next token is {found.next_token!r}",
        file=sys.stderr,
    )
    for problem in found.problems:
        print(problem, file=sys.stderr)
    return 0

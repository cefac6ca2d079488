"""`prompt --config experiment.yaml`: an exact prompt of a run, before anything is launched."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.contract.experiment import load_experiment
from training.contract.prompt_preview import PromptPreview

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("prompt", help="print the exact prompt of a position, segment or problem")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml")
    parser.add_argument("--position", type=int, default=0, metavar="N", help="which one, from 0")
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
    print(f"\n{_said(found)}", file=sys.stderr)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    return 0


def _said(found: PromptPreview) -> str:
    place = f"document {found.document} ({found.document_name}), byte {found.byte_start}"
    if found.kind == "token":
        entropy = "not scanned" if found.entropy is None else f"{found.entropy:.2f} nats"
        words = f"{place}, {entropy}; the true next token is {found.next_token!r}"
    elif found.kind == "problem":
        words = f"problem {found.document}; the right answer is {found.answer!r}"
    else:
        words = f"{found.kind.upper()} task, {place}; the segment is {found.answer!r}"
    return f"{found.tokens} of {found.max_tokens} tokens; {words}"

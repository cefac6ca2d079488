"""`run --config experiment.yaml --run-dir DIR`: carry out an experiment, or go on with one that stopped."""

from __future__ import annotations

import argparse
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import exit_on_sigterm
from training.contract.experiment import load_experiment

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("run", help="carry out an experiment")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml")
    parser.add_argument("--run-dir", required=True, type=Path, metavar="DIR", help="where everything goes")
    parser.add_argument(
        "--attempt",
        type=int,
        default=0,
        metavar="N",
        help="number of this attempt; 0: one more than the last",
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run the experiment and print where its last checkpoint lies."""
    config = load_experiment(options.config)
    # Set before torch is imported: its thread pools read it once.
    os.environ["OMP_NUM_THREADS"] = str(config.resources.threads)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    exit_on_sigterm()

    from training.checkpoints.store import list_checkpoints
    from training.pipeline import run as run_pipeline

    steps = run_pipeline(config, options.run_dir, attempt=options.attempt or next_attempt(options.run_dir))
    saved = list_checkpoints(options.run_dir)
    asked = steps if config.steps_known is None else config.steps_known
    print(f"{steps} of {asked} steps done; weights: {saved[-1] / 'model' if saved else 'none'}")
    return 0


def next_attempt(run_dir: Path) -> int:
    """One more than the last attempt whose spool lies in the folder; 1 in a new one."""
    spools = (re.fullmatch(r"events\.(\d+)\.jsonl", path.name) for path in run_dir.glob("events.*.jsonl"))
    return max((int(found.group(1)) for found in spools if found), default=0) + 1

"""`verify`: check a run's checkpoints, events and steps."""

from __future__ import annotations

import argparse
from pathlib import Path

DAMAGED = 3
"""Exit status when the run or a checkpoint is damaged or incomplete."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "verify",
        help="check a run: checkpoints, events, steps",
        description="Checks every file of every checkpoint against its manifest, the numbers of the events, "
        "the rollout files, and the steps done against those asked for. Exits 0 when all is well, else 3.",
    )
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="the folder of a run")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each thing checked."""
    from training.checkpoints.verify_run import verify_run

    findings = verify_run(arguments.run_dir)
    for finding in findings:
        print(f"{'ok     ' if finding.ok else 'DAMAGED'} {finding.text}")
    return 0 if all(finding.ok for finding in findings) else DAMAGED

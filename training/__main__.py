"""`python -m training COMMAND`: the command line, also what the web side starts.

Exit code 0 is success, 2 bad input (one line `error: ...` on stderr), 3 a damaged run or checkpoint.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from training.cli import (
    documents,
    evaluate,
    evaluate_answers,
    evaluate_choices,
    fetch_model,
    judge,
    judge_examples,
    prepare,
    preset,
    probe,
    prompt,
    prompts_table,
    reward,
    run,
    score,
    segments,
    settings,
    try_model,
    verify,
    verl_config,
)
from training.contract.errors import ForesightError

_COMMANDS = (
    fetch_model,
    documents,
    prepare,
    segments,
    score,
    preset,
    settings,
    prompt,
    probe,
    prompts_table,
    run,
    evaluate,
    evaluate_answers,
    evaluate_choices,
    reward,
    judge,
    judge_examples,
    try_model,
    verify,
    verl_config,
)


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command. Each sets `command`: a function of the arguments to an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Reinforcement pre-training of language models."
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.register(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    # Threads that wait for each other by spinning take the cores from whatever else runs: with other
    # jobs on the machine, two spinning threads were slower than one. Read when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except ForesightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())

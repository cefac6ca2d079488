"""`prompts-table --config experiment.yaml --out DIR`: the templates on the same positions, before training."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, exit_on_sigterm, failures_told
from training.contract.events import Finished
from training.contract.experiment import load_experiment

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.contract.prompts_table import PromptsTable

POSITIONS = 32
SAMPLES = 8
TEMPLATES = "v0,v1,v2,v3,v4,v5,v6,short"


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("prompts-table", help="compare prompt templates: Random@1 and Pass@k")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for prompts.json")
    parser.add_argument(
        "--templates",
        default=TEMPLATES,
        metavar="A,B",
        help=f"default {TEMPLATES}; `custom` is the experiment's own",
    )
    parser.add_argument(
        "--positions", type=int, default=POSITIONS, metavar="N", help=f"positions; default {POSITIONS}"
    )
    parser.add_argument(
        "--samples", type=int, default=SAMPLES, metavar="N", help=f"responses at each; default {SAMPLES}"
    )
    parser.add_argument("--k", type=int, default=0, metavar="K", help="of Pass@k; 0: the number of responses")
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=prompts_table)


def prompts_table(options: argparse.Namespace) -> int:
    """Write prompts.json and print the table."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = load_experiment(options.config)
        os.environ["OMP_NUM_THREADS"] = str(config.resources.threads)  # read when torch is imported
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

        from training.probe.prompts_table import Size, compare_prompts
        from training.stages import Teller

        size = Size(options.positions, options.samples, options.k or options.samples)
        templates = [name.strip() for name in options.templates.split(",") if name.strip()]
        table = compare_prompts(config, templates, options.out, size, Teller(sink.emit))
    sink.emit(Finished(steps_done=len(table.rows), steps_asked=len(templates)))
    print("\n".join(lines(table)))
    return 0


def lines(table: PromptsTable) -> list[str]:
    """The table as text, shares in percent, the paper's figures beside."""
    found = [f"{'template':10} {'Random@1':>20} {f'Pass@{table.k}':>20} {'in a box':>9} {'paper':>12}"]
    for row in table.rows:
        paper = "/".join(f"{100 * share:.1f}" for share in row.paper) if row.paper else "-"
        found.append(
            f"{row.template:10} {_share(row.random_at_1, row.random_interval):>20} "
            f"{_share(row.pass_at_k, row.pass_interval):>20} {100 * row.boxed:>8.1f}% {paper:>12}"
        )
    return [*found, *table.notes]


def _share(value: float, interval: tuple[float, float]) -> str:
    return f"{100 * value:.1f} ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"

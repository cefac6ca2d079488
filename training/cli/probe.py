"""`probe --config experiment.yaml --out DIR`: what GRPO could learn from, before a launch."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, exit_on_sigterm, failures_told
from training.contract.events import Finished
from training.contract.experiment import load_experiment
from training.contract.probe_words import band_words, bin_words, verdict

if TYPE_CHECKING:
    from training.cli.common import Subparsers

POSITIONS = 32


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("probe", help="sample before a launch: which groups would have a gradient")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for probe.json")
    parser.add_argument(
        "--positions",
        type=int,
        default=POSITIONS,
        metavar="N",
        help=f"positions to probe, as many of each entropy bin; default {POSITIONS}",
    )
    parser.add_argument(
        "--samples", type=int, default=0, metavar="K", help="rollouts at each; 0: the group size"
    )
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=probe)


def probe(options: argparse.Namespace) -> int:
    """Write probe.json and print what it means."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = load_experiment(options.config)
        os.environ["OMP_NUM_THREADS"] = str(config.resources.threads)  # read when torch is imported
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

        from training.probe.run import Size
        from training.probe.run import probe as run_probe
        from training.stages import Teller

        size = Size(options.positions, options.samples or config.sampling.group_size)
        result = run_probe(config, options.out, size, Teller(sink.emit))
    sink.emit(Finished(steps_done=len(result.groups), steps_asked=len(result.groups)))
    said = verdict(result)
    for line in (said.words, said.remedy, bin_words(result), band_words(result), *result.notes):
        if line:
            print(line)
    return 0

"""`verl-config --config experiment.yaml`: what the experiment sets in verl's configuration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.experiment import ExperimentConfig, load_experiment

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.engine.overrides import Device


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "verl-config", help="print what an experiment sets in verl's configuration"
    )
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml")
    parser.set_defaults(command=verl_config)


def verl_config(options: argparse.Namespace) -> int:
    """Write the keys as YAML to stdout, for the device the experiment would run on here."""
    from training.engine.shown import shown_overrides

    config = load_experiment(options.config)
    sys.stdout.write(shown_overrides(config, _device(config)))
    return 0


def _device(config: ExperimentConfig) -> Device:
    """As set, or CUDA where there is one; other than for a run, a GPU that is missing here is no error."""
    wanted = config.resources.device
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"

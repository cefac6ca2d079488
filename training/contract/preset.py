"""What a named starting point is. The presets themselves: `presets.py`."""

from __future__ import annotations

from dataclasses import dataclass

from training.contract.experiment import ExperimentConfig


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    title: str  # in words; the name is for files and commands
    help: str
    config: ExperimentConfig

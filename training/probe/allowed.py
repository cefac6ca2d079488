"""Which experiments can be probed at all."""

from __future__ import annotations

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig


def refuse_without_rollouts(config: ExperimentConfig) -> None:
    """Raises ForesightError for a method that samples nothing."""
    if config.method.kind != "rpt":
        raise ForesightError(
            "The supervised control draws no rollouts: there is nothing to probe.",
            field="method.kind",
            remedy="Probe the RPT experiment it is the control of.",
        )

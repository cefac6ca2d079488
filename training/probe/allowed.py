"""Which experiments can be probed at all."""

from __future__ import annotations

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.methods import GRPO_KINDS


def refuse_without_rollouts(config: ExperimentConfig) -> None:
    """Raises ForesightError for a method that samples nothing, or no next tokens."""
    if config.method.kind in GRPO_KINDS and config.method.kind != "rpt":
        raise ForesightError(
            "A probe measures next-token reasoning (RPT); this is another method.",
            field="method.kind",
            remedy="Launch a run of a few steps instead.",
        )
    if config.method.kind != "rpt":
        raise ForesightError(
            "The supervised control draws no rollouts: there is nothing to probe.",
            field="method.kind",
            remedy="Probe the RPT experiment it is the control of.",
        )

"""Instruction tuning (SFT) on a corpus of conversations."""

from __future__ import annotations

from training.contract.settings.answers import SftConfig
from training.pipelines.attempt import Attempt


def run_sft(attempt: Attempt) -> int:
    """Returns the steps done."""
    from training.tuning.run import tune

    method = attempt.config.method
    assert isinstance(method, SftConfig)
    return tune(
        attempt.config,
        method,
        attempt.policy,
        attempt.run_dir,
        attempt.checkpoint,
        attempt.remember,
        attempt.tell,
    )

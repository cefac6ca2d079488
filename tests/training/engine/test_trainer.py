"""What the trainer adds to verl's, where no run is needed to see it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from training.contract.errors import ForesightError
from training.contract.events import Event, Metrics
from training.engine.trainer import ForesightTrainer
from training.judging.down import JudgeDown


def test_step_whose_evaluation_has_no_judge_keeps_its_metrics() -> None:
    told: list[Event] = []

    def down(step: int) -> dict[str, float]:
        raise JudgeDown(3, "connection refused")

    trainer: Any = ForesightTrainer.__new__(ForesightTrainer)
    trainer.global_steps = 4
    trainer._counted = {"reward/mean": 0.5}
    trainer._session = cast("Any", SimpleNamespace(emit=told.append))
    trainer._evaluator = cast("Any", SimpleNamespace(evaluate=down))
    with pytest.raises(ForesightError, match="The judge does not answer; 3 pairs wait"):
        trainer._validate()
    assert told == [Metrics(step=4, values={"reward/mean": 0.5})]

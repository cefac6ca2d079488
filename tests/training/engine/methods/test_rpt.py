"""What is RPT's own in a step: the reference lines of its reward."""

from __future__ import annotations

from tests.training.engine.samples import group, rollout, task
from training.engine.methods.rpt import baselines


def test_baselines_compare_with_the_next_token_alone() -> None:
    vocabulary = {3: b" size", 4: b" si"}
    groups = [
        group(rollout(0, 1.0), argmax_id=3),
        group(rollout(0, 1.0), argmax_id=4),
        group(rollout(0, 1.0), argmax_id=3, of=task(b" the list", (4, 9))),
        group(rollout(0, 1.0)),
    ]
    found = baselines(groups, b" the", lambda token: vocabulary[token])
    assert found == {"baseline/constant": 1 / 4, "baseline/argmax": 1 / 3}


def test_argmax_that_was_not_asked_for_is_not_measured() -> None:
    found = baselines([group(rollout(0, 1.0))], b" size", lambda token: b"")
    assert found == {"baseline/constant": 1.0, "baseline/argmax": None}

"""An outcome travels from the worker that judged to the trainer."""

from __future__ import annotations

import json

from training.engine.methods.base import Outcome
from training.records import Reward, Verdict


def test_outcome_comes_back_from_its_plain_form() -> None:
    verdict = Verdict(None, "well", "endpoint judge", True, 0.0)
    outcome = Outcome("a", True, Reward(0.5, "malformed", b"\xf0", "so", verdict), False, b" l", 0.25, 7)
    assert Outcome.of(outcome.plain()) == outcome
    bare = Outcome("a", False, Reward(0.0, "no_box", None, ""))
    assert Outcome.of(json.loads(json.dumps(bare.plain()))) == bare

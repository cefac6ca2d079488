"""Responses of a step whose judge went down stay readable."""

from __future__ import annotations

import json
from pathlib import Path

from tests.training.engine.samples import segment_bench, segment_task
from training.engine.batch import Row
from training.engine.methods.base import Outcome
from training.engine.methods.rlpt import RlptMethod
from training.engine.unjudged import unjudged_file, write_unjudged
from training.records import Reward


def test_every_response_is_a_line_and_only_those_with_a_verdict_have_a_reward(tmp_path: Path) -> None:
    open_one = Outcome("so It ends.", False, Reward(0.0, "malformed", b"It ends.", "so"), settled=False)
    settled = Outcome("no tags", True, Reward(0.0, "truncated", None, "no tags"))
    rows = [
        Row(3, 0, (8, 2), (-0.5, -0.25), 0.0, 0.0, open_one),
        Row(3, 1, (9,), (-1.0,), 0.0, 0.0, settled),
    ]
    path = tmp_path / unjudged_file(12)
    facts = RlptMethod(segment_bench()).facts
    assert write_unjudged(path, rows, lambda row: facts(segment_task("msr"))) == 1
    assert path.relative_to(tmp_path).as_posix() == "work/unjudged/step_000012.jsonl"
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == {
        "kind": "msr",
        "document": 5,
        "document_name": "three",
        "token_index": 1,
        "sample": 0,
        "response": "so It ends.",
        "truncated": False,
        "prediction": "It ends.",
        "reward": None,
        "reason": None,
        "token_ids": [8, 2],
        "logprobs": [-0.5, -0.25],
    }
    assert (second["sample"], second["reward"], second["reason"], second["prediction"]) == (
        1,
        0.0,
        "truncated",
        None,
    )

"""The `reward` command: files in, files out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model
from training.cli import reward
from training.contract.errors import ForesightError


def command(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    reward.register(parser.add_subparsers())
    parsed = parser.parse_args(["reward", *arguments])
    result: int = parsed.command(parsed)
    return result


def test_reward_writes_one_row_for_each_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"context": "the list", "continuation": " size", "response": "t</think>\\boxed{ size}"}
    (tmp_path / "in.jsonl").write_text(json.dumps(good) + "\n{}\n" + json.dumps(good))
    model = make_tiny_model(tmp_path / "tiny")
    files = ("--in", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"))
    assert command("--kind", "prefix", "--model", str(model), *files) == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    match = {"reward": 1.0, "prediction": " size", "reason": "match"}
    assert rows == [match, {"error": "line 2: field 'context': missing"}, match]
    assert capsys.readouterr().err.endswith("1 of 3 rows could not be judged; their rows say why.\n")
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(("kind", "field"), [("dense", "kind"), ("prefix", "in")])
def test_reward_with_bad_arguments_names_the_field(tmp_path: Path, kind: str, field: str) -> None:
    missing = str(tmp_path / "missing.jsonl")
    with pytest.raises(ForesightError) as caught:
        command("--kind", kind, "--model", "none", "--in", missing, "--out", missing)
    assert caught.value.field == field

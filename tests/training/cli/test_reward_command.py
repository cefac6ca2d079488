"""The `reward` command: files in, files out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model
from training.cli import reward
from training.contract.errors import ForesightError
from training.models.token_bytes import load_tokenizer


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


@pytest.mark.parametrize(("kind", "field"), [("judge", "kind"), ("prefix", "in")])
def test_reward_with_bad_arguments_names_the_field(tmp_path: Path, kind: str, field: str) -> None:
    missing = str(tmp_path / "missing.jsonl")
    with pytest.raises(ForesightError) as caught:
        command("--kind", kind, "--model", "none", "--in", missing, "--out", missing)
    assert caught.value.field == field


def test_dense_rules_ask_the_model_and_look_at_the_group(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "tiny")
    answers = [(" size", 1), (" list", 1), (" list", 2), ("", 1)]
    rows = [
        {
            "context": "the list",
            "continuation": " size",
            "response": f"t</think>\\boxed{{{answer}}}",
            "group": group,
        }
        for answer, group in answers
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    def rewards(kind: str) -> list[float]:
        files = ("--in", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"))
        assert command("--kind", kind, "--model", str(folder), *files) == 0
        return [json.loads(line)["reward"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]

    expected = plain_probability(folder, "the list", " list")
    assert 0 < expected < 1
    assert rewards("dense") == pytest.approx([1.0, expected, expected, 0.0], abs=1e-6)
    assert rewards("conditional_dense") == pytest.approx([1.0, expected, 0.0, 0.0], abs=1e-6)
    assert rewards("first_token") == rewards("prefix") == [1.0, 0.0, 0.0, 0.0]


def plain_probability(folder: Path, context: str, answer: str) -> float:
    """p(first token of the answer | context), by the stock model."""
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(folder)
    size = len(tokenizer(context)["input_ids"])
    ids = tokenizer(context + answer)["input_ids"]
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.inference_mode():
        return float(model(torch.tensor([ids[:size]])).logits[0, -1].softmax(-1)[ids[size]])

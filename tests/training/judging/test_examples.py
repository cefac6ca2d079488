"""Pairs with known verdicts: how they are made, and that they agree with the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.__main__ import main
from training.contract.experiment import dump_yaml, parse_experiment
from training.judging.examples import Known, altered, known_pairs, reworded
from training.judging.pair import Pair
from training.judging.prompt import question

PROOF = (
    "Let x be even. ",
    "Then x is twice some k. ",
    "We have 7 cases left to look at. ",
    "Because of that it ends. ",
    "Done.",
)
OTHER = ("One. ", "The sky is blue over all of the land. ", "Two.")
DOCUMENTS = [(PROOF, [1, 2, 3]), (OTHER, [1])]


def test_rewording_keeps_the_meaning_and_altering_changes_it() -> None:
    assert reworded("Then x is twice some k.") == "thus x is twice some k"
    assert altered("We have 7 cases.") == "We have 10 cases."
    assert altered("Then x is even.") == "Then x is not even."
    assert altered("So it goes.") is None


def test_pairs_are_different_and_balanced() -> None:
    known = known_pairs(DOCUMENTS, 3, 24, 0)
    assert len(known) == len({one.pair for one in known}) == 24
    counts = {
        (rule, score): sum(one.pair.rule == rule and one.score == score for one in known)
        for rule in ("prefix", "strict")
        for score in (0, 1)
    }
    assert all(4 <= count <= 8 for count in counts.values())


def test_pairs_show_what_the_rule_shows() -> None:
    for one in known_pairs(DOCUMENTS, 2, 30, 1):
        shown = 2 if one.pair.rule == "prefix" else 1
        references = {
            "".join(segments[at : at + shown]).strip() for segments, found in DOCUMENTS for at in found
        }
        assert one.pair.reference in references


def test_two_segments_are_right_under_prefix_and_wrong_under_strict() -> None:
    known = known_pairs([(PROOF, [1])], 3, 1000, 0)
    both = "Then x is twice some k. We have 7 cases left to look at."
    reference = f"{both} Because of that it ends."
    assert Known(Pair("prefix", reference, both), 1) in known
    assert Known(Pair("strict", "Then x is twice some k.", both), 0) in known
    assert Known(Pair("prefix", reference, "We have 7 cases left to look at."), 0) in known
    verdicts = {one.pair: one.score for one in known}
    assert verdicts[Pair("prefix", reference, "Then x is not twice some k.")] == 0
    assert Pair("prefix", reference, "Then x is twice some k. Then x is twice some k.") in verdicts


def test_segment_that_comes_again_is_not_called_wrong() -> None:
    again = ("Start. ", "It is the same everywhere. ", "It is the same everywhere. ", "End.")
    known = known_pairs([(again, [1, 2]), (again, [1, 2])], 1, 1000, 0)
    wrong = [one.pair.predicted for one in known if not one.score]
    assert wrong
    assert "It is the same everywhere." not in wrong


def test_same_seed_gives_the_same_pairs() -> None:
    assert known_pairs(DOCUMENTS, 3, 12, 5) == known_pairs(DOCUMENTS, 3, 12, 5)
    assert known_pairs(DOCUMENTS, 3, 12, 5) != known_pairs(DOCUMENTS, 3, 12, 6)
    assert known_pairs([], 3, 12, 5) == []


def test_command_writes_lessons_of_training_documents_and_tests_of_held_out_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "corpus.jsonl"
    texts = [
        f"Case {n} begins here. The number {n} is even in this case. So {n} plus two is even too. Case {n} ends."
        for n in range(8)
    ]
    corpus.write_text("\n".join(json.dumps({"text": text}) for text in texts))
    config = {
        "data": {"corpus": str(corpus), "text_field": "text", "held_out_documents": 2},
        "method": {"kind": "rlpt"},
        "judge": {"kind": "deterministic_for_tests"},
    }
    experiment = tmp_path / "experiment.yaml"
    experiment.write_text(dump_yaml(parse_experiment(config)))
    out = tmp_path / "out"
    assert main(["judge-examples", "--config", str(experiment), "--out", str(out), "--count", "40"]) == 0
    lessons = [json.loads(line) for line in (out / "conversations.jsonl").read_text().splitlines()]
    test = [json.loads(line) for line in (out / "pairs.jsonl").read_text().splitlines()]
    assert (len(lessons), len(test)) == (40, 10)
    assert [message["role"] for message in lessons[0]["messages"]] == ["user", "assistant"]
    assert {lesson["messages"][1]["content"] for lesson in lessons} == {"Score: 0", "Score: 1"}
    asked = {lesson["messages"][0]["content"] for lesson in lessons}
    assert not any(question(Pair(row["rule"], row["reference"], row["predicted"])) in asked for row in test)
    assert capsys.readouterr().out.startswith("40 pairs, ")
    judged = ["--in", str(out / "pairs.jsonl"), "--out", str(tmp_path / "verdicts.jsonl")]
    assert main(["judge", "--kind", "deterministic_for_tests", *judged]) == 0
    assert " of 10, kappa " in capsys.readouterr().out


def test_command_is_for_experiments_that_a_judge_rewards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = tmp_path / "experiment.yaml"
    experiment.write_text(dump_yaml(parse_experiment({})))
    assert main(["judge-examples", "--config", str(experiment), "--out", str(tmp_path / "out")]) == 2
    assert "is an experiment of rpt, which no judge rewards." in capsys.readouterr().err

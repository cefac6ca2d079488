"""Multiple choice: what is read, how it is asked, what a response chose, and the scores of both modes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.answers.choices import TEMPLATES, ChoiceAsker, LetterAsker, check_choice, chosen
from training.answers.evaluate import AnswerTerms, AskedModel, evaluate_choices
from training.answers.questions import Question, QuestionFields, QuestionSet, read_questions
from training.contract.errors import ForesightError
from training.contract.settings.text import SourceConfig
from training.contract.task_answers import read_rows
from training.engine.sampler import AskedRule
from training.engine.tokens import decode
from training.models.generate import Sampled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

QUESTION = Question(0, "What is 1 + 1?", ("1", "2", "It is 3"), 1)
SHOWN = "What is 1 + 1?\nA. 1\nB. 2\nC. It is 3"


def read(path: Path, *rows: dict[str, Any], **fields: str) -> QuestionSet:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_questions(SourceConfig(corpus=str(path)), QuestionFields(**fields))


def test_answer_is_a_place_or_a_letter(tmp_path: Path) -> None:
    rows = [
        {"question": "q", "choices": ["a", "b", "c"], "answer": answer} for answer in (2, "2", "C", " c ")
    ]
    found = read(tmp_path / "q.jsonl", *rows)
    assert [question.answer for question in found.questions] == [2, 2, 2, 2]
    assert (found.questions[0].letters, found.name) == ("ABC", "q.jsonl")


def test_layouts_of_parquet_csv_and_other_fields_are_read(tmp_path: Path) -> None:
    table, rows = tmp_path / "q.parquet", tmp_path / "q.csv"
    pq.write_table(pa.table({"question": ["q"], "choices": [["a", "b"]], "answer": [1]}), table)
    rows.write_text("question,A,B,C,answer\nq,a,b,,B\n")
    expected = (Question(0, "q", ("a", "b"), 1),)
    for path in (table, rows):
        assert read_questions(SourceConfig(corpus=str(path))).questions == expected
    row = {"text": "q", "options": ["a", "b"], "right": "B"}
    named = read(tmp_path / "p.jsonl", row, question="text", choices="options", answer="right")
    assert named.questions == expected


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"question": "q", "choices": ["a"], "answer": 0},
            "q.jsonl, line 1: field 'choices' holds no list of 2 to 26 choices.",
        ),
        (
            {"question": "q", "answer": 0},
            "q.jsonl, line 1: there is no field 'choices'. The fields there are: question, answer.",
        ),
        (
            {"question": "q", "choices": ["a", "b"], "answer": 2},
            "q.jsonl, line 1: field 'answer' holds 2, which is none of the 2 choices: a place from 0 to 1, "
            "or a letter from A to B.",
        ),
        (
            {"question": "q", "choices": ["a", "b"], "answer": "no"},
            "q.jsonl, line 1: field 'answer' holds 'no', which is none of the 2 choices: a place from 0 to 1, "
            "or a letter from A to B.",
        ),
    ],
)
def test_bad_row_is_named_by_its_line_and_field(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(ForesightError) as caught:
        read(tmp_path / "q.jsonl", row)
    assert caught.value.message == message


def test_templates_are_these_to_the_letter() -> None:
    assert TEMPLATES == {
        "boxed": "{question}\n\nPlease reason step by step, and put the letter of the right choice within \\boxed{}.",
        "short": "{question}\n\nAnswer with the letter in \\boxed{}.",
    }


def test_letter_prompt_ends_before_the_letter_and_knows_each_letters_token(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    prompt, letters = LetterAsker(tokenizer).prompt(QUESTION)
    assert decode(tokenizer, prompt).rstrip(" ") == f"{SHOWN}\nAnswer:"
    assert [decode(tokenizer, [token]).strip() for token in letters] == ["A", "B", "C"]


def test_reasoning_prompt_is_the_template_in_the_chat_template(tokenizer: PreTrainedTokenizerFast) -> None:
    ids = ChoiceAsker(tokenizer, instruction="short", prefill_think=True).prompt_ids(QUESTION)
    assert decode(tokenizer, ids) == (
        f"<|im_start|>user\n{SHOWN}\n\nAnswer with the letter in \\boxed{{}}.<|im_end|>\n"
        "<|im_start|>assistant\n<think>\n"
    )


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("B", 1), ("b", 1), (" (B) ", 1), (r"\text{B}", 1), (r"\textbf{(C)}", 2), ("$A$", 0), ("B. 2", 1),
        ("B: two", 1), ("2", 1), ("it is 3", 2), ("D", None), ("A cat", None), ("AB", None), ("A or B", None),
        ("", None), ("4", None),
    ],
)  # fmt: skip
def test_box_names_a_choice_by_letter_or_text(said: str, place: int | None) -> None:
    assert chosen(said, QUESTION.choices) == place


def test_choice_is_read_from_the_last_box_after_the_thought() -> None:
    def reason(response: str, truncated: bool = False) -> str:
        return check_choice(response, QUESTION, truncated=truncated, think_prefilled=True).reason

    assert reason("\\boxed{A}</think>\\boxed{B}") == "match"
    assert reason("</think>\\boxed{A}") == "mismatch"
    assert reason("</think>B") == "no_box"
    assert reason("\\boxed{B}") == "no_think_end"
    assert reason("</think>\\boxed{B}", truncated=True) == "truncated"


class PlantedModel:
    """A fake: takes the second letter, and of two responses boxes B and then A."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        texts = [f"</think>\\boxed{{{'AB'[(number + 1) % 2]}}}<|im_end|>" for number in range(rule.samples)]
        said = [Sampled(tuple(self._tokenizer(text)["input_ids"]), (), truncated=False) for text in texts]
        return [list(said) for _ in prompts]

    def choose(self, prompts: Sequence[tuple[int, ...]], choices: Sequence[Sequence[int]]) -> list[int]:
        return [1 for _ in prompts]


def test_both_modes_are_scored_on_one_set(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    questions = [QUESTION, Question(1, "What is 2 + 1?", ("3", "2"), 0)]
    model = AskedModel("planted", PlantedModel(tokenizer), tokenizer, ("<|im_end|>",), 5, "ab", 2)
    terms = AnswerTerms("q.jsonl", "short", AskedRule(2, 0.8, 1.0, 16, 0), ks=(1, 2))
    told: list[tuple[int, int]] = []
    result = evaluate_choices(
        model,
        questions,
        ("letter", "reasoning"),
        ChoiceAsker(tokenizer, instruction="short", prefill_think=True),
        terms,
        tmp_path / "answers.parquet",
        lambda done, total: told.append((done, total)),
    )
    letter, reasoning = result.scores
    assert (letter.kind, letter.n, letter.correct, letter.accuracy) == ("letter", 2, 1, 0.5)
    assert (reasoning.kind, reasoning.n, reasoning.samples, reasoning.correct) == ("reasoning", 2, 2, 2)
    assert [(one.k, one.value) for one in reasoning.pass_at] == [(1, 0.5), (2, 1.0)]
    assert told == [(2, 4), (3, 4), (4, 4)]
    assert (result.what, result.rule, result.source, result.model) == (
        "choices",
        "letter",
        "q.jsonl",
        "planted",
    )
    rows = read_rows(tmp_path / "answers.parquet", range(4))
    assert [(row.kind, row.right, row.predictions) for row in rows] == [
        ("letter", 1, ("B",)),
        ("letter", 0, ("B",)),
        ("reasoning", 1, ("B", "A")),
        ("reasoning", 1, ("B", "A")),
    ]
    assert rows[0].identity == rows[2].identity
    assert rows[0].truth == "B. 2"

"""Problem sets: what is read, what is said of a bad row, and the arithmetic of our own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.answers.check import check_answer
from training.answers.problem import Problem
from training.answers.problem_set import ProblemSet, arithmetic_problems, read_problems
from training.answers.tasks import split_problems
from training.contract.errors import ForesightError
from training.contract.settings.text import SourceConfig
from training.corpus.arithmetic import exercises


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path, *fields: str, **options: Any) -> ProblemSet:
    return read_problems(SourceConfig(corpus=str(path), **options), *fields)


def test_rows_become_problems_with_their_answers_as_text(tmp_path: Path) -> None:
    rows = [{"problem": f"{n}?", "answer": answer} for n, answer in enumerate([" 1/2 ", 3, 27.0, 0.5])]
    found = read(write(tmp_path / "set.jsonl", *rows))
    assert found.name == "set.jsonl"
    assert found.problems[1] == Problem(1, "problem 1", "1?", "3")
    assert [problem.answer for problem in found.problems] == ["1/2", "3", "27", "0.5"]


def test_numbers_of_a_parquet_file_are_answers_too(tmp_path: Path) -> None:
    path = tmp_path / "set.parquet"
    pq.write_table(pa.table({"question": ["1 + 1?"], "final": [2]}), path)
    assert read(path, "question", "final").problems == (Problem(0, "problem 0", "1 + 1?", "2"),)


def test_first_documents_alone_are_read_where_that_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", *({"problem": "1?", "answer": 1} for _ in range(5)))
    assert len(read(path, max_documents=2).problems) == 2


@pytest.mark.parametrize(
    ("row", "message", "field"),
    [
        (
            {"problem": "1?"},
            "set.jsonl, line 2: there is no field 'answer'. The fields there are: problem.",
            "method.answer_field",
        ),
        (
            {"problem": "1?", "answer": None},
            "set.jsonl, line 2: field 'answer' holds nothing, which is not an answer.",
            "method.answer_field",
        ),
        (
            {"problem": "1?", "answer": True},
            "set.jsonl, line 2: field 'answer' holds True, which is not an answer.",
            "method.answer_field",
        ),
        (
            {"problem": ["1?"], "answer": "1"},
            "set.jsonl, line 2: field 'problem' holds ['1?'], which is not a text.",
            "method.problem_field",
        ),
    ],
)
def test_bad_row_is_named_by_its_line_and_field(
    tmp_path: Path, row: dict[str, Any], message: str, field: str
) -> None:
    path = write(tmp_path / "set.jsonl", {"problem": "1?", "answer": 1}, row)
    with pytest.raises(ForesightError) as caught:
        read(path)
    assert (caught.value.message, caught.value.field) == (message, field)


def test_file_without_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForesightError, match=r"set\.jsonl holds no problem"):
        read(write(tmp_path / "set.jsonl"))


def test_arithmetic_is_two_thousand_different_problems_of_every_kind() -> None:
    problems = read_problems(SourceConfig(corpus="arithmetic")).problems
    assert problems == arithmetic_problems()
    assert len({problem.text for problem in problems}) == 2000
    kinds = Counter(problem.name for problem in problems)
    assert len(kinds) == 13
    assert min(kinds.values()) >= 80
    assert problems[0] == Problem(0, "sum, level 1", "What is 6 + 9?", "15")


def test_every_exercise_is_worked_out_to_its_answer() -> None:
    for one in exercises(300, 7):
        assert one.working.endswith(f" {one.answer}")
        assert check_answer(
            f"{one.working}</think>\\boxed{{{one.answer}}}", one.answer, truncated=False, think_prefilled=True
        ).value
        if " = " in one.working:
            for step in one.working.split(", "):
                left, right = step.split(" = ")
                assert eval(left.replace("x", "*")) == int(right)


def test_exercises_of_a_seed_are_the_same_and_more_of_them_begin_alike() -> None:
    assert exercises(30, 1) == exercises(60, 1)[:30]
    assert exercises(30, 1) != exercises(30, 2)


def test_problems_are_held_out_by_the_seed() -> None:
    problems = arithmetic_problems()[:10]
    train, held_out = split_problems(problems, 3, seed=1)
    assert sorted(one.index for one in (*train, *held_out)) == list(range(10))
    assert len(held_out) == 3
    assert split_problems(problems, 3, seed=1)[1] == held_out
    assert split_problems(problems, 3, seed=2)[1] != held_out

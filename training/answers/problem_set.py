"""Reads a problem set: rows with a problem and its answer, or the built-in arithmetic."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from training.answers.problem import Problem
from training.contract.corpus_files import ARITHMETIC
from training.contract.errors import ForesightError
from training.contract.settings.text import SourceConfig
from training.corpus.arithmetic import arithmetic_set
from training.corpus.mapping import Row
from training.corpus.rows import open_rows

PROBLEM_FIELD, ANSWER_FIELD = "problem", "answer"
_SHOWN = 40  # characters of a bad value in a message


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """The problems of a file in its order, and what identifies it."""

    name: str  # what people call it: the file's name, `arithmetic`
    sha256: str  # of the file
    problems: tuple[Problem, ...]


def read_problems(
    data: SourceConfig, problem_field: str = PROBLEM_FIELD, answer_field: str = ANSWER_FIELD
) -> ProblemSet:
    """The problems that `data.corpus` names, at most `data.max_documents` of them.

    Args:
        data: a file of rows, a dataset of the hub, or `arithmetic`.
        problem_field: holds the problem's text.
        answer_field: holds the right answer, as text or as a number.

    Raises:
        ForesightError: a row without a problem or an answer, by its line and field; no row at all.
    """
    if data.corpus == ARITHMETIC:
        problems = arithmetic_problems()[: data.max_documents or None]
        told = "\0".join(f"{one.text}\0{one.answer}" for one in problems)
        return ProblemSet(ARITHMETIC, hashlib.sha256(told.encode()).hexdigest(), problems)
    opened = open_rows(data, nested=(answer_field,))
    found: list[Problem] = []
    for row in opened.rows:
        index = len(found)
        text = text_of(row, problem_field, opened.name, "method.problem_field")
        answer = _answer(row, answer_field, opened.name)
        found.append(Problem(index, f"problem {index}", text, answer))
        if len(found) == data.max_documents:
            break
    if not found:
        raise ForesightError(
            f"{opened.name} holds no problem.",
            field="data.corpus",
            remedy="Use a file with one problem a row.",
        )
    return ProblemSet(opened.name, opened.sha256, tuple(found))


def arithmetic_problems() -> tuple[Problem, ...]:
    """The arithmetic of our own, as problems."""
    return tuple(Problem(index, one.name, one.text, one.answer) for index, one in enumerate(arithmetic_set()))


def text_of(row: Row, field: str, name: str, setting: str) -> str:
    """A field that holds text. Raises ForesightError that names the row's place and the setting at fault."""
    value = field_of(row, field, name, setting)
    if not isinstance(value, str) or not value.strip():
        raise _bad(row, field, name, setting, value, "a text")
    return value


def field_of(row: Row, field: str, name: str, setting: str) -> object:
    """A field of a row, whatever it holds. Raises ForesightError where there is none of that name."""
    if field not in row.values:
        raise ForesightError(
            f"{name}, {row.place}: there is no field {field!r}. The fields there are: "
            f"{', '.join(row.values) or 'none'}.",
            field=setting,
            remedy="Name a field that every row has.",
        )
    return row.values[field]


def _answer(row: Row, field: str, name: str) -> str:
    value = field_of(row, field, name, "method.answer_field")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON of a spreadsheet writes 27.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise _bad(row, field, name, "method.answer_field", value, "an answer")
    return value.strip()


def _bad(row: Row, field: str, name: str, setting: str, value: object, wanted: str) -> ForesightError:
    shown = "nothing" if value is None or value == "" else repr(value)[:_SHOWN]
    return ForesightError(
        f"{name}, {row.place}: field {field!r} holds {shown}, which is not {wanted}.",
        field=setting,
        remedy="Correct the row or leave it out, or name another field.",
    )

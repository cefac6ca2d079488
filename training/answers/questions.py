"""Reads multiple-choice questions: rows in the layout of MMLU, or with a column for each choice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from training.answers.problem_set import field_of, text_of
from training.contract.errors import ForesightError
from training.contract.settings.text import SourceConfig
from training.corpus.mapping import Row
from training.corpus.rows import open_rows

FEWEST, MOST = 2, len(ascii_uppercase)


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its choices, which are lettered from A."""

    index: int  # 0-based row
    text: str
    choices: tuple[str, ...]
    answer: int  # 0-based place of the right choice

    @property
    def letters(self) -> str:
        return ascii_uppercase[: len(self.choices)]

    @property
    def shown(self) -> str:
        """The question with its lettered choices."""
        listed = (f"{letter}. {choice}" for letter, choice in zip(self.letters, self.choices, strict=True))
        return "\n".join((self.text.strip(), *listed))


@dataclass(frozen=True, slots=True)
class QuestionFields:
    """Which fields of a row are read."""

    question: str = "question"
    choices: str = "choices"  # a list of texts, or the JSON of one; where there is none: columns A, B, C ...
    answer: str = "answer"  # the place of the right choice from 0, or its letter


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a file in its order, and what identifies it."""

    name: str
    sha256: str
    questions: tuple[Question, ...]


def read_questions(data: SourceConfig, fields: QuestionFields = QuestionFields()) -> QuestionSet:
    """The questions that `data.corpus` names, at most `data.max_documents` of them.

    Raises:
        ForesightError: a row that is no question, by its line and field; no row at all.
    """
    opened = open_rows(data, nested=(fields.choices, fields.answer))
    found: list[Question] = []
    for row in opened.rows:
        text = text_of(row, fields.question, opened.name, "questions.question_field")
        choices = _choices(row, fields, opened.name)
        answer = _answer(row, fields, opened.name, choices)
        found.append(Question(len(found), text, choices, answer))
        if len(found) == data.max_documents:
            break
    if not found:
        raise ForesightError(
            f"{opened.name} holds no question.", field="data.corpus", remedy="Use a file with one a row."
        )
    return QuestionSet(opened.name, opened.sha256, tuple(found))


def _choices(row: Row, fields: QuestionFields, name: str) -> tuple[str, ...]:
    if fields.choices not in row.values and "A" in row.values:  # a column for each
        value: object = [row.values[letter] for letter in ascii_uppercase if row.values.get(letter)]
    else:
        value = field_of(row, fields.choices, name, "questions.choices_field")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            value = None
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(choice, str | int | float) for choice in value)
        or not FEWEST <= len(value) <= MOST
    ):
        raise ForesightError(
            f"{name}, {row.place}: field {fields.choices!r} holds no list of {FEWEST} to {MOST} choices.",
            field="questions.choices_field",
            remedy="Give each row a list of texts, or a column for each choice: A, B, C ...",
        )
    return tuple(str(choice) for choice in value)


def _answer(row: Row, fields: QuestionFields, name: str, choices: Sequence[str]) -> int:
    value = field_of(row, fields.answer, name, "questions.answer_field")
    place = _place(value)
    if place is None or not 0 <= place < len(choices):
        last = ascii_uppercase[len(choices) - 1]
        raise ForesightError(
            f"{name}, {row.place}: field {fields.answer!r} holds {value!r}, which is none of the "
            f"{len(choices)} choices: a place from 0 to {len(choices) - 1}, or a letter from A to {last}.",
            field="questions.answer_field",
            remedy="Correct the row or leave it out, or name another field.",
        )
    return place


def _place(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if value == int(value) else None
    text = str(value).strip().upper() if isinstance(value, str) else ""
    if text.isdecimal():
        return int(text)
    return ascii_uppercase.index(text) if len(text) == 1 and text in ascii_uppercase else None

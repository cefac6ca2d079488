"""How a multiple-choice question is asked, and what a response chose (METHODS A8, B8).

letter: the likeliest of the choices' letters after `Answer:`, without a thought and without a chat
template, as MMLU is scored. reasoning: a thought, then the letter in a box.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from training.answers.check import read_box
from training.answers.questions import Question
from training.answers.tasks import Instruction
from training.contract.errors import ForesightError
from training.contract.task_result import ScoreKind
from training.evaluation.task_scores import TaskAnswers
from training.prompts.frame import PromptFrame
from training.records import Reward

RULE = "letter"
PLACEHOLDER = "{question}"
TEMPLATES: dict[Instruction, str] = {
    "boxed": PLACEHOLDER
    + "\n\nPlease reason step by step, and put the letter of the right choice within \\boxed{}.",
    "short": PLACEHOLDER + "\n\nAnswer with the letter in \\boxed{}.",
}
_ANSWER = "\nAnswer:"
_WRAPPED = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\{(.*)\}")
_LETTER = re.compile(r"[(\[]?([A-Za-z])[)\]]?(?:[.:)](?:\s.*)?)?", re.DOTALL)


class LetterAsker:
    """Prompts that end where the letter comes, for one tokenizer.

    Raises ForesightError where the tokenizer has no token of its own for each letter there.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def prompt(self, question: Question) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The prompt's tokens and the token of each letter."""
        wholes = [self._ids(f"{question.shown}{_ANSWER} {letter}") for letter in question.letters]
        prompts = {whole[:-1] for whole in wholes}
        tokens = tuple(whole[-1] for whole in wholes)
        if len(prompts) > 1 or len(set(tokens)) < len(tokens):
            raise ForesightError(
                "This model's tokenizer has no token of its own for each letter after `Answer:`.",
                field="mode",
                remedy="Use the mode reasoning.",
            )
        return prompts.pop(), tokens

    def _ids(self, text: str) -> tuple[int, ...]:
        # A question that names a special token is text all the same.
        ids: list[int] = self._tokenizer(text, split_special_tokens=True)["input_ids"]
        return tuple(ids)


class ChoiceAsker:
    """Prompts for a thought and a letter in a box, for one policy tokenizer."""

    def __init__(self, tokenizer: Any, *, instruction: Instruction, prefill_think: bool) -> None:
        self._frame = PromptFrame(tokenizer, TEMPLATES[instruction], [PLACEHOLDER], prefill_think)
        self.think_prefilled = self._frame.think_prefilled

    def prompt_ids(self, question: Question) -> tuple[int, ...]:
        return self._frame.ids(question.shown)


def check_choice(
    response: str,
    question: Question,
    *,
    truncated: bool,
    think_prefilled: bool,
    end_tokens: Sequence[str] = (),
) -> Reward:
    """Judge one response to a question: 1 where the last box chooses the right one, else 0 with the reason."""
    said, reason, thought = read_box(
        response, truncated=truncated, think_prefilled=think_prefilled, end_tokens=end_tokens
    )
    prediction = None if said is None else said.encode("utf-8", "surrogatepass")
    if said is None or reason is not None:
        return Reward(0.0, reason or "no_box", prediction, thought)
    right = chosen(said, question.choices) == question.answer
    return Reward(float(right), "match" if right else "mismatch", prediction, thought)


def chosen(said: str, choices: Sequence[str]) -> int | None:
    r"""The place of the choice that a box names: `B`, `(B)`, `\text{B}`, `B. the name`, or the choice's text."""
    text = said.strip()
    while (wrapped := _WRAPPED.fullmatch(text)) or (len(text) > 1 and text[0] == text[-1] == "$"):
        text = (wrapped.group(1) if wrapped else text[1:-1]).strip()
    same = [place for place, choice in enumerate(choices) if choice.strip().casefold() == text.casefold()]
    if len(same) == 1:
        return same[0]
    letter = _LETTER.fullmatch(text)
    if letter is None:
        return None
    place = ascii_uppercase.index(letter.group(1).upper())
    return place if place < len(choices) else None


def unanswered(question: Question, kind: ScoreKind) -> TaskAnswers:
    """What an evaluation's table says of a question; the answers are to come."""
    return TaskAnswers(
        kind=kind,
        identity=f"{question.shown}\n{question.letters[question.answer]}",
        document=question.index,
        document_name=f"question {question.index}",
        asked=question.shown,
        truth=f"{question.letters[question.answer]}. {question.choices[question.answer]}",
        answers=(),
    )

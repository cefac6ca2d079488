"""Evaluates one model on problems or on multiple-choice questions, some of them at a time (METHODS B8)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.answers import choices
from training.answers.check import RULE, check_answer
from training.answers.questions import Question
from training.answers.tasks import unanswered
from training.contract.task_result import ScoreKind, TaskResult, TaskSet
from training.engine.sampler import Asked, AskedRule
from training.engine.tokens import decode
from training.evaluation.task_scores import TaskAnswer, TaskAnswers, judged, task_scores, tasks_key
from training.evaluation.task_table import write_task_answers
from training.models.generate import Sampled
from training.records import ProblemTask, Reward

OnProgress = Callable[[int, int], None]
"""Called with (tasks answered, tasks in all); a question in two modes counts twice."""
_LETTERS_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class AskedModel:
    """The model that is evaluated, and what is said of it."""

    name: str
    asked: Asked
    tokenizer: Any
    end_tokens: tuple[str, ...]
    parameters: int
    weights_sha256: str
    together: int  # responses asked for in one call, about


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """How it is evaluated."""

    source: str  # what people call the set
    prompt: str
    rule: AskedRule  # with a seed; each part of the tasks has one of its own
    ks: tuple[int, ...] = ()  # of Pass@k; () for 1, 2, 4 ... and all


def evaluate_problems(
    model: AskedModel,
    tasks: Sequence[ProblemTask],
    terms: AnswerTerms,
    answers_file: Path,
    on_progress: OnProgress = lambda done, total: None,
) -> TaskResult:
    """Ask for every problem and check by Math-Verify; the answers go to `answers_file` (parquet)."""
    began = time.monotonic()

    def judge(task: ProblemTask, response: str, truncated: bool) -> Reward:
        return check_answer(
            response,
            task.answer,
            truncated=truncated,
            think_prefilled=task.think_prefilled,
            end_tokens=model.end_tokens,
        )

    items = [_Item(unanswered(task), task.prompt_ids, task) for task in tasks]
    answered = _sampled(model, items, terms.rule, judge, lambda done: on_progress(done, len(tasks)))
    return _result(model, "answers", RULE, terms, answered, answers_file, began)


def evaluate_choices(
    model: AskedModel,
    questions: Sequence[Question],
    modes: Sequence[ScoreKind],
    asker: choices.ChoiceAsker,
    terms: AnswerTerms,
    answers_file: Path,
    on_progress: OnProgress = lambda done, total: None,
) -> TaskResult:
    """Ask every question in each mode of `letter` and `reasoning`."""
    began, total = time.monotonic(), len(questions) * len(modes)
    answered: list[TaskAnswers] = []
    if "letter" in modes:
        answered += _lettered(model, questions, lambda done: on_progress(done, total))
    if "reasoning" in modes:
        before = len(answered)

        def judge(question: Question, response: str, truncated: bool) -> Reward:
            return choices.check_choice(
                response,
                question,
                truncated=truncated,
                think_prefilled=asker.think_prefilled,
                end_tokens=model.end_tokens,
            )

        items = [
            _Item(choices.unanswered(question, "reasoning"), asker.prompt_ids(question), question)
            for question in questions
        ]
        answered += _sampled(model, items, terms.rule, judge, lambda done: on_progress(before + done, total))
    return _result(model, "choices", choices.RULE, terms, answered, answers_file, began)


@dataclass(frozen=True, slots=True)
class _Item:
    """A task on its way to being answered."""

    asked: TaskAnswers
    prompt_ids: tuple[int, ...]
    task: Any  # what the judge is given


def _sampled(
    model: AskedModel,
    items: Sequence[_Item],
    rule: AskedRule,
    judge: Callable[[Any, str, bool], Reward],
    on_progress: Callable[[int], None],
) -> list[TaskAnswers]:
    found: list[TaskAnswers] = []
    size = max(1, model.together // rule.samples)
    for start in range(0, len(items), size):
        part = items[start : start + size]
        drawn = replace(rule, seed=(rule.seed or 0) + start)
        given = model.asked.sample([item.prompt_ids for item in part], drawn)
        for item, responses in zip(part, given, strict=True):
            answers = tuple(_answer(model, item.task, one, judge) for one in responses)
            found.append(replace(item.asked, answers=answers))
        on_progress(len(found))
    return found


def _answer(
    model: AskedModel, task: Any, sampled: Sampled, judge: Callable[[Any, str, bool], Reward]
) -> TaskAnswer:
    response = decode(model.tokenizer, sampled.token_ids)
    reward = judge(task, response, sampled.truncated)
    return judged(reward, response, length=len(sampled.token_ids), truncated=sampled.truncated)


def _lettered(
    model: AskedModel, questions: Sequence[Question], on_progress: Callable[[int], None]
) -> list[TaskAnswers]:
    asker = choices.LetterAsker(model.tokenizer)
    found: list[TaskAnswers] = []
    for start in range(0, len(questions), _LETTERS_TOGETHER):
        part = questions[start : start + _LETTERS_TOGETHER]
        asked = [asker.prompt(question) for question in part]
        places = model.asked.choose([prompt for prompt, _ in asked], [letters for _, letters in asked])
        for question, place in zip(part, places, strict=True):
            right, letter = place == question.answer, question.letters[place]
            answer = TaskAnswer(right, "match" if right else "mismatch", letter, letter, 1, truncated=False)
            found.append(replace(choices.unanswered(question, "letter"), answers=(answer,)))
        on_progress(len(found))
    return found


def _result(
    model: AskedModel,
    what: TaskSet,
    rule: str,
    terms: AnswerTerms,
    answered: Sequence[TaskAnswers],
    answers_file: Path,
    began: float,
) -> TaskResult:
    write_task_answers(answers_file, answered)
    return TaskResult(
        what=what,
        model=model.name,
        parameters=model.parameters,
        weights_sha256=model.weights_sha256,
        tasks=tasks_key(answered),
        source=terms.source,
        rule=rule,
        prompt=terms.prompt,
        temperature=terms.rule.temperature,
        top_p=terms.rule.top_p,
        max_response_tokens=terms.rule.max_new_tokens,
        seconds=time.monotonic() - began,
        answers_file=answers_file.name,
        scores=task_scores(answered, terms.ks),
    )

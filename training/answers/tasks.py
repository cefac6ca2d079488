"""Problems as tasks: the prompt a policy is given, which problems are held out, what a table shows of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from training.answers.problem import Problem
from training.answers.problem_set import ProblemSet, read_problems
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.answers import RlvrConfig
from training.corpus.split import split_documents
from training.evaluation.task_scores import TaskAnswers
from training.prompts.frame import PromptFrame
from training.records import Document, ProblemTask

PLACEHOLDER = "{problem}"
Instruction = Literal["boxed", "short"]
TEMPLATES: dict[Instruction, str] = {
    "boxed": PLACEHOLDER + "\n\nPlease reason step by step, and put your final answer within \\boxed{}.",
    "short": PLACEHOLDER + "\n\nAnswer in \\boxed{}.",
}
"""boxed is what R1 and the Qwen models are evaluated with; short is ours."""


@dataclass(frozen=True, slots=True)
class AskedProblems:
    """The problems that fit the prompt, as tasks, and how many do not."""

    tasks: tuple[ProblemTask, ...]
    too_long: int


class ProblemAsker:
    """Builds the tasks of problems for one policy tokenizer.

    Args:
        tokenizer: the policy's transformers tokenizer.
        instruction: which prompt.
        prefill_think: end the prompt with `<think>`.
        max_prompt_tokens: a problem whose prompt is longer is left out: half a problem has no answer.
    """

    def __init__(
        self, tokenizer: Any, *, instruction: Instruction, prefill_think: bool, max_prompt_tokens: int
    ) -> None:
        self._frame = PromptFrame(tokenizer, TEMPLATES[instruction], [PLACEHOLDER], prefill_think)
        self._limit = max_prompt_tokens
        self.think_prefilled = self._frame.think_prefilled

    @classmethod
    def of(cls, config: ExperimentConfig, method: RlvrConfig, tokenizer: Any) -> ProblemAsker:
        """As an experiment asks."""
        return cls(
            tokenizer,
            instruction=method.instruction,
            prefill_think=method.prefill_think,
            max_prompt_tokens=config.sampling.max_prompt_tokens,
        )

    def prompt_ids(self, text: str) -> tuple[int, ...]:
        return self._frame.ids(text)

    def ask(self, problems: Iterable[Problem]) -> AskedProblems:
        """The tasks, in the problems' order.

        Raises ForesightError when no problem fits.
        """
        tasks, too_long = [], 0
        for problem in problems:
            prompt_ids = self._frame.ids(problem.text)
            if len(prompt_ids) > self._limit:
                too_long += 1
                continue
            tasks.append(
                ProblemTask(
                    document=problem.index,
                    document_name=problem.name,
                    problem=problem.text,
                    answer=problem.answer,
                    prompt=self._frame.text(problem.text),
                    prompt_ids=prompt_ids,
                    think_prefilled=self.think_prefilled,
                )
            )
        if not tasks:
            raise ForesightError(
                f"None of the {too_long} problems fits into {self._limit} tokens with its prompt.",
                field="sampling.max_prompt_tokens",
                remedy="Raise it, or use shorter problems.",
            )
        return AskedProblems(tuple(tasks), too_long)


def read_set(config: ExperimentConfig, method: RlvrConfig) -> ProblemSet:
    """The problem set of an experiment."""
    return read_problems(config.data, method.problem_field, method.answer_field)


def held_out_tasks(
    config: ExperimentConfig, problems: Sequence[Problem], asker: ProblemAsker
) -> tuple[ProblemTask, ...]:
    """The problems an experiment is evaluated on: held out with its seed, at most `evaluation.positions`.

    The same for every model, but for those whose prompts are too long in a model's tokens.

    Raises ForesightError when none is held out.
    """
    _, held_out = split_problems(problems, config.data.held_out_documents, config.seed)
    if not held_out:
        raise ForesightError(
            "The experiment holds no problems out, so there is nothing it has not trained on.",
            field="data.held_out_documents",
            remedy="Hold out some problems; RPT's Table 2 holds out 200.",
        )
    return asker.ask(held_out[: config.evaluation.positions]).tasks


def split_problems(
    problems: Sequence[Problem], held_out: int, seed: int
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Draw `held_out` problems with the seed; returns (train, held out), each in the set's order.

    Raises ForesightError when nothing would be left to train on.
    """
    rows = [Document(problem.index, problem.name, problem.text) for problem in problems]
    kept = {row.index for row in split_documents(rows, held_out, seed)[0]}
    train = tuple(problem for problem in problems if problem.index in kept)
    return train, tuple(problem for problem in problems if problem.index not in kept)


def unanswered(task: ProblemTask) -> TaskAnswers:
    """What an evaluation's table says of a problem; the answers are to come."""
    return TaskAnswers(
        kind="problem",
        identity=f"{task.problem}\n{task.answer}",
        document=task.document,
        document_name=task.document_name,
        asked=task.problem,
        truth=task.answer,
        answers=(),
    )

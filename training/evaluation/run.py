"""Evaluates one model on a set of positions, some of them at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.contract.evaluation_result import EvaluationResult, Mode
from training.contract.experiment import ExperimentConfig
from training.engine.sampler import AskedRule, Sampler
from training.evaluation.answers import Answered
from training.evaluation.reasoning import reasoning_answers
from training.evaluation.score import positions_key, score
from training.evaluation.standard import standard_answers
from training.evaluation.table import write_answers
from training.models.token_bytes import TokenBytes
from training.records import Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

MODES: tuple[Mode, ...] = ("standard", "reasoning")
CHUNK = 64  # positions asked at a time
OnProgress = Callable[[int, int], None]
"""Called with (positions answered, positions in all); a position in two modes counts twice."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that is evaluated, and what is said of it."""

    name: str
    sampler: Sampler
    tokenizer: PreTrainedTokenizerFast
    end_ids: tuple[int, ...]
    parameters: int
    weights_sha256: str


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is evaluated."""

    modes: Collection[Mode]
    samples: int
    temperature: float
    max_response_tokens: int
    seed: int
    reference: str  # the model whose entropy makes the splits
    prompt: str  # the template's name


def terms_of(
    config: ExperimentConfig, modes: Collection[Mode] = MODES, max_response_tokens: int = 0
) -> Terms:
    """How an experiment evaluates; `max_response_tokens` 0 takes the experiment's limit."""
    return Terms(
        modes=modes,
        samples=config.evaluation.samples,
        temperature=config.evaluation.temperature,
        max_response_tokens=max_response_tokens or config.evaluation_tokens,
        seed=config.seed,
        reference=config.reference,
        prompt=config.rpt.prompt,
    )


def evaluate(
    subject: Subject,
    tasks: Sequence[Task],
    terms: Terms,
    answers_file: Path,
    on_progress: OnProgress = lambda done, total: None,
) -> EvaluationResult:
    """Ask the model at every position and count; the answers themselves go to `answers_file` (parquet).

    Raises:
        ForesightError: there is no position, or the prompts are in another model's tokens.
    """
    if not tasks:
        raise ForesightError(
            "There is no position to evaluate on.",
            field="positions",
            remedy="Hold out more documents, or use longer ones.",
        )
    began = time.monotonic()
    token_bytes = TokenBytes(subject.tokenizer)
    _check_tokens(tasks, token_bytes, subject.name)
    answered: list[Answered] = []
    total = len(tasks) * len(terms.modes)
    for mode in (mode for mode in MODES if mode in terms.modes):
        for start in range(0, len(tasks), CHUNK):
            part = tasks[start : start + CHUNK]
            if mode == "standard":
                answered += standard_answers(subject.sampler, part, token_bytes)
            else:
                rule = AskedRule(
                    terms.samples, terms.temperature, 1.0, terms.max_response_tokens, terms.seed + start
                )
                answered += reasoning_answers(subject.sampler, part, rule, subject.tokenizer, subject.end_ids)
            on_progress(len(answered), total)
    write_answers(answers_file, answered)
    return EvaluationResult(
        model=subject.name,
        parameters=subject.parameters,
        weights_sha256=subject.weights_sha256,
        reference=terms.reference,
        positions=positions_key(tasks),
        temperature=terms.temperature,
        prompt=terms.prompt,
        max_response_tokens=terms.max_response_tokens,
        seconds=time.monotonic() - began,
        answers_file=answers_file.name,
        scores=score(answered),
    )


def _check_tokens(tasks: Sequence[Task], token_bytes: TokenBytes, name: str) -> None:
    for task in tasks:
        if not token_bytes.join(task.context_ids).endswith(task.context.encode()):
            raise ForesightError(
                f"The positions were prepared in another model's tokens than {name}'s.",
                field="positions",
                remedy="Give --config with the experiment's settings: prompts are then built for this model.",
            )

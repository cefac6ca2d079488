"""An evaluation from tasks to result and table, with a sampler that says what it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.engine.small_run import write_small_tasks
from tests.training.tiny import make_tiny_model
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.engine.sampler import AskedRule, Sampler, load_sampler
from training.engine.tokens import end_token_ids
from training.evaluation.run import Subject, evaluate, terms_of
from training.models.generate import Sampled
from training.models.token_bytes import load_tokenizer
from training.models.weights import parameter_count
from training.records import Task


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def tasks(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, ...]:
    return write_small_tasks(tmp_path_factory.mktemp("tasks") / "tasks.parquet", model, 3)


class Parrot:
    """Answers a plain context with the truth, and a prompt with a box that holds it, the first time only."""

    def __init__(self, model: Path, tasks: Sequence[Task]) -> None:
        self._tokenizer = load_tokenizer(model)
        self._truths = {task.prompt_ids: task.truth[: task.boundaries[0]].decode() for task in tasks}
        self._next = {task.context_ids: task.position.token_id for task in tasks}
        self.rules: list[AskedRule] = []

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        self.rules.append(rule)
        if rule.max_new_tokens == 1:
            return [[Sampled((self._next[prompt],), (0.0,), truncated=True)] for prompt in prompts]
        return [[self._say(prompt, number) for number in range(rule.samples)] for prompt in prompts]

    def _say(self, prompt: tuple[int, ...], number: int) -> Sampled:
        answer = self._truths[prompt] if number == 0 else "no"
        ids = self._tokenizer(f"Wait.</think>\\boxed{{{answer}}}")["input_ids"]
        ids = [*ids, self._tokenizer.eos_token_id]
        return Sampled(tuple(ids), (0.0,) * len(ids), truncated=False)


def subject(model: Path, sampler: Sampler) -> Subject:
    return Subject("tiny", sampler, load_tokenizer(model), end_token_ids(model), parameter_count(model), "ab")


def config(samples: int) -> ExperimentConfig:
    return ExperimentConfig.model_validate(
        {"evaluation": {"samples": samples, "temperature": 0.0 if samples == 1 else 0.7}}
    )


def test_both_modes_are_asked_and_counted(model: Path, tasks: tuple[Task, ...], tmp_path: Path) -> None:
    parrot, seen = Parrot(model, tasks), []
    result = evaluate(
        subject(model, parrot),
        tasks,
        terms_of(config(2)),
        tmp_path / "answers.parquet",
        lambda done, total: seen.append((done, total)),
    )
    standard, reasoning = result.score("standard", "easy"), result.score("reasoning", "easy")
    assert standard is not None and reasoning is not None
    assert (standard.n, standard.correct, standard.accuracy) == (3, 3, 1.0)
    assert (reasoning.n, reasoning.samples, reasoning.correct) == (3, 2, 3)
    assert reasoning.pass_at == {"1": 0.5, "2": 1.0}
    assert reasoning.patterns["reflection"] == 1.0
    assert seen == [(3, 6), (6, 6)]
    assert result.metrics == {"eval/standard/easy": 1.0, "eval/reasoning/easy": 0.5}
    assert parrot.rules == [AskedRule(1, 0.0, 1.0, 1, 0), AskedRule(2, 0.7, 1.0, 8192, 0)]


def test_answers_lie_beside_the_result_with_what_was_said(
    model: Path, tasks: tuple[Task, ...], tmp_path: Path
) -> None:
    file = tmp_path / "deep" / "answers.parquet"
    result = evaluate(subject(model, Parrot(model, tasks)), tasks, terms_of(config(1)), file)
    rows = pq.read_table(file).to_pylist()
    assert result.answers_file == "answers.parquet"
    assert [(row["mode"], row["right"]) for row in rows] == [("standard", 1)] * 3 + [("reasoning", 1)] * 3
    assert rows[3]["predictions"] == [tasks[0].truth[: tasks[0].boundaries[0]]]
    assert rows[3]["responses"][0].startswith("Wait.</think>\\boxed{")


def test_real_model_is_asked_the_same_way_twice(model: Path, tasks: tuple[Task, ...], tmp_path: Path) -> None:
    found = [
        evaluate(
            subject(model, load_sampler(model, device="cpu", max_tokens=512)),
            tasks,
            terms_of(config(4), max_response_tokens=12),
            tmp_path / f"{name}.parquet",
        ).model_copy(update={"seconds": 0.0, "answers_file": ""})
        for name in "ab"
    ]
    assert found[0] == found[1]
    assert pq.read_table(tmp_path / "a.parquet").equals(pq.read_table(tmp_path / "b.parquet"))


def test_prompts_in_another_models_tokens_are_refused(
    model: Path, tasks: tuple[Task, ...], tmp_path: Path
) -> None:
    other = make_tiny_model(tmp_path / "other", vocabulary=300)
    with pytest.raises(ForesightError, match="another model's tokens") as caught:
        evaluate(
            subject(other, Parrot(model, tasks)), tasks, terms_of(config(1)), tmp_path / "answers.parquet"
        )
    assert "--config" in caught.value.remedy


def test_no_position_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ForesightError, match="no position"):
        evaluate(subject(model, Parrot(model, ())), (), terms_of(config(1)), tmp_path / "answers.parquet")


def test_parameters_are_counted_from_the_headers(model: Path) -> None:
    # Two layers of hidden 64: q 64x64, k and v 32x64, o 64x64, three of 128x64, two norms of 64;
    # one more norm, and the embedding of 320 tokens that is the head too.
    layer = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 128 * 64 + 2 * 64
    assert parameter_count(model) == 2 * layer + 64 + 320 * 64

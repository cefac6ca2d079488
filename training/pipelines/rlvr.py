"""Verifiable rewards (RLVR): problems, cold start, difficulty filter, GRPO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from training.answers.difficulty_filter import Solver, cache_name, filter_tasks
from training.answers.examples import make_examples
from training.answers.problem_set import ProblemSet
from training.answers.tasks import ProblemAsker, held_out_tasks, read_set, split_problems
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.answers import RlvrConfig
from training.held_out import TASKS_FILE
from training.models.catalogue import foresight_home
from training.models.token_bytes import load_tokenizer
from training.pipelines.attempt import Attempt
from training.prompts.order import order_positions
from training.prompts.task_file import write_tasks
from training.records import Document, ProblemTask
from training.stages import Teller, teach
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


def run_rlvr(attempt: Attempt) -> int:
    """Returns the steps done."""
    config, tell, method = attempt.config, attempt.tell, attempt.config.method
    assert isinstance(method, RlvrConfig)
    if attempt.is_prepared:
        attempt.reuse("documents", "cold_start", "filter", "tasks")
        return attempt.grpo()
    tokenizer = load_tokenizer(attempt.policy)
    asker = ProblemAsker.of(config, method, tokenizer)
    found, tasks, held_out = _problems(config, method, asker, tell)
    attempt.remember([Document(one.index, one.name, one.text) for one in found.problems])
    weights = attempt.cold_start_dir if config.cold_start.steps else attempt.policy

    def own_examples() -> Sequence[Labelled]:
        return make_examples(
            asker,
            tokenizer,
            {problem.text for problem in found.problems},
            count=config.cold_start.steps * config.cold_start.batch_size,
            max_response_tokens=config.sampling.max_response_tokens,
            seed=config.seed,
        )

    teach(config, attempt.policy, attempt.cold_start_dir, own_examples, tell)
    if method.filter_samples:
        tasks = _filtered(config, method, tasks, weights, tokenizer, tell)
    _write(config, tasks, held_out, attempt.tasks_file, tell)
    return attempt.grpo()


def _problems(
    config: ExperimentConfig, method: RlvrConfig, asker: ProblemAsker, tell: Teller
) -> tuple[ProblemSet, tuple[ProblemTask, ...], tuple[ProblemTask, ...]]:
    """The whole set, and the tasks to train on and to evaluate on."""
    with tell.stage("documents") as detail:
        found = read_set(config, method)
        train, _ = split_problems(found.problems, config.data.held_out_documents, config.seed)
        asked = asker.ask(train)
        held_out = held_out_tasks(config, found.problems, asker) if config.evaluation.every else ()
        kept_out = config.data.held_out_documents
        detail(f"{len(asked.tasks)} problems to train on, {kept_out} held out")
        if asked.too_long:
            tell.log(
                f"{asked.too_long} problems are left out: their prompts take more than "
                f"{config.sampling.max_prompt_tokens} tokens.",
                "warning",
            )
    return found, asked.tasks, held_out


def _filtered(
    config: ExperimentConfig,
    method: RlvrConfig,
    tasks: Sequence[ProblemTask],
    weights: Path,
    tokenizer: PreTrainedTokenizerFast,
    tell: Teller,
) -> tuple[ProblemTask, ...]:
    """The tasks without those that the weights GRPO begins with always or never solve."""
    from training.engine.launch import pick_device
    from training.engine.sampler import ROLLOUTS_TOGETHER
    from training.models.fingerprint import weights_sha256

    sampling, samples, device = config.sampling, method.filter_samples, pick_device(config)
    drawn = (sampling.temperature, sampling.top_p, sampling.max_response_tokens, samples, config.seed)
    name = cache_name(weights_sha256(weights), *drawn)
    with tell.stage("filter") as detail:
        found = filter_tasks(
            tasks,
            lambda: _solver(config, weights, tokenizer, samples),
            samples,
            config.seed,
            max(1, ROLLOUTS_TOGETHER[device] // samples),
            foresight_home() / "cache" / "difficulty" / name,
            lambda done: tell.progress("filter", done, len(tasks), "problems"),
        )
        detail(found.words)
        tell.log(f"Difficulty filter, {samples} responses each: {found.words}.")
    return found.kept


def _solver(
    config: ExperimentConfig, weights: Path, tokenizer: PreTrainedTokenizerFast, samples: int
) -> Solver:
    """The policy, asked as rollouts are."""
    from training.engine.launch import pick_device
    from training.engine.sampler import AskedRule, load_sampler
    from training.engine.tokens import decode, end_token_ids

    sampling, resources = config.sampling, config.resources
    sampler = load_sampler(
        weights,
        device=pick_device(config),
        max_tokens=sampling.max_prompt_tokens + sampling.max_response_tokens,
        precision=resources.precision,
        tensor_parallel=resources.tensor_parallel,
        gpu_memory_share=resources.gpu_memory_share,
    )
    ends = tuple(decode(tokenizer, [token]) for token in end_token_ids(weights))
    rule = AskedRule(samples, sampling.temperature, sampling.top_p, sampling.max_response_tokens, None)
    return Solver(sampler, tokenizer, ends, rule)


def _write(
    config: ExperimentConfig,
    tasks: Sequence[ProblemTask],
    held_out: Sequence[ProblemTask],
    path: Path,
    tell: Teller,
) -> None:
    """Write the held-out tasks, then the tasks of the whole run in training order, epoch after epoch."""
    a_step = config.optimisation.contexts_per_step
    if len(tasks) < a_step:
        raise ForesightError(
            f"Only {len(tasks)} problems are left to train on, and one step takes {a_step}.",
            field="optimisation.contexts_per_step",
            remedy="Lower it, or give more problems.",
        )
    with tell.stage("tasks") as detail:
        path.parent.mkdir(parents=True, exist_ok=True)
        if held_out:
            write_tasks(path.with_name(TASKS_FILE), held_out)
        ordered = order_positions(tasks, config.seed, config.optimisation.steps * a_step)
        write_tasks(path, ordered)
        detail(f"{len(ordered)} prompts of {len(tasks)} problems, {len(ordered) / len(tasks):.1f} epochs")

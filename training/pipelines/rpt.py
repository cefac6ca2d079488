"""Next-token reasoning (RPT): prompts, cold start, GRPO."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.held_out import TASKS_FILE, held_out_tasks
from training.pipelines.attempt import Attempt
from training.stages import Material, Teller, gather_material, teach_format


def run_rpt(attempt: Attempt) -> int:
    """Returns the steps done."""
    config, tell = attempt.config, attempt.tell
    if attempt.is_prepared:
        attempt.reuse("documents", "positions", "tasks", "cold_start")
    else:
        material = gather_material(config, attempt.policy, attempt.proxy, tell)
        attempt.remember(material.documents)
        write_position_tasks(config, material, attempt.tasks_file, tell)
        teach_format(config, material, attempt.policy, attempt.cold_start_dir, tell)
    _held_out(config, attempt.policy, attempt.run_dir / "work" / TASKS_FILE, tell)
    return attempt.grpo()


def write_position_tasks(config: ExperimentConfig, material: Material, path: Path, tell: Teller) -> None:
    """Write the prompts of the whole run in training order."""
    from training.prompts.build import TaskBuilder, lost_share, next_token
    from training.prompts.constant import constant_answer
    from training.prompts.order import order_positions
    from training.prompts.task_file import write_tasks
    from training.rewards.extract import writable_in_box

    wanted = config.optimisation.steps * config.optimisation.contexts_per_step
    usable = [at for at in material.positions if at.document in material.encoded]
    with tell.stage("tasks") as detail:
        builder = TaskBuilder(material.tokenizer, material.token_bytes, config)
        documents = {document.index: document for document in material.documents}
        # Some positions have no task (an end inside a character, another vocabulary): the next ones are taken.
        ordered = order_positions(usable, config.seed, wanted + len(usable)) if usable else ()
        built = (builder.build(documents[at.document], material.encoded[at.document], at) for at in ordered)
        tasks = tuple(islice((task for task in built if task is not None), wanted))
        if len(tasks) < config.optimisation.contexts_per_step:
            raise ForesightError(
                f"Only {len(tasks)} of the {len(material.positions)} kept positions can be asked, and one step "
                f"takes {config.optimisation.contexts_per_step}.",
                field="optimisation.contexts_per_step",
                remedy="Lower it or the entropy threshold, or give more documents.",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tasks(path, tasks, constant_answer(tasks))
        distinct = len({(task.position.document, task.position.byte_start) for task in tasks})
        lost = lost_share(material.encoded, usable)
        count = len(tasks)
        detail(
            f"{count} prompts of {distinct} positions; {lost:.1%} of the positions lie inside a token of the policy"
            if lost
            else f"{count} prompts of {distinct} positions"
        )
        unwritable = sum(not writable_in_box(next_token(task).decode("utf-8", "replace")) for task in tasks)
        if unwritable:
            tell.log(
                f"The next token of {unwritable} prompts holds a brace or backslash: no box can hold it."
            )


def _held_out(config: ExperimentConfig, policy: Path, path: Path, tell: Teller) -> None:
    """Write the tasks the run is evaluated on, where it is."""
    from training.models.catalogue import models_root, resolve_model
    from training.prompts.constant import constant_answer
    from training.prompts.task_file import write_tasks

    if config.evaluation.every and not path.exists():
        tasks = held_out_tasks(config, policy, resolve_model(config.reference, models_root()), tell)
        write_tasks(path, tasks, constant_answer(tasks))

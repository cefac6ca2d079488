"""An experiment from text to checkpoints: every stage a named call, told to the world as events.

Needs no database, no broker and no web app. Run again on the folder of an attempt that stopped,
it takes up what is finished and goes on from the newest checkpoint that verifies.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from training.checkpoints.origin import Origin, licence_of, read_origin, write_origin
from training.checkpoints.store import newest_verified, step_of
from training.contract.errors import ForesightError
from training.contract.events import Began, Failed, Finished, StageChanged
from training.contract.experiment import ExperimentConfig, dump_yaml, load_experiment
from training.contract.settings.answers import SftConfig
from training.contract.settings.method import NtpConfig
from training.contract.stream import EventWriter, spool_path
from training.held_out import TASKS_FILE, held_out_tasks
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.records import Document
from training.stages import (
    Material,
    Teller,
    encode_documents,
    gather_material,
    prepare,
    read_for_training,
    teach_format,
)

EXPERIMENT_FILE = "experiment.yaml"


def run(config: ExperimentConfig, run_dir: Path, *, attempt: int) -> int:
    """Carry out the experiment in `run_dir`; returns the steps done.

    Args:
        config: the experiment. `data.corpus` is `sample` or a path.
        run_dir: made where it is missing. Holds one experiment: another one is refused.
        attempt: number of this attempt, from 1; its events go to `events.<attempt>.jsonl`.

    Raises:
        ForesightError: what a person can act on; the event `failed` says the same.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    tell = Teller(EventWriter(spool_path(run_dir, attempt)).emit)
    try:
        steps = _run(config, run_dir, attempt, tell)
    except ForesightError as error:
        tell.emit(
            Failed(message=error.message, field=error.field, remedy=error.remedy, retryable=error.retryable)
        )
        raise
    asked = (
        steps if config.steps_known is None else config.steps_known
    )  # epochs are done whole, or not at all
    tell.emit(Finished(steps_done=steps, steps_asked=asked))
    return steps


def _run(config: ExperimentConfig, run_dir: Path, attempt: int, tell: Teller) -> int:
    from training.engine.launch import pick_device
    from training.models.cpu import use_cpu

    claim_folder(config, run_dir)
    if pick_device(config) == "cpu":  # a missing GPU is said now, not after an hour of scoring
        use_cpu(config.resources.threads)
    policy, proxy = prepare(config, tell, run_dir / "work" / "start")
    origin = _origin(config, policy, run_dir, tell)
    checkpoint = newest_verified(
        run_dir, lambda folder, error: tell.log(f"{folder.name} is passed over: {error}", "warning")
    )
    if isinstance(config.method, NtpConfig):
        return _control(config, config.method, policy, proxy, origin, run_dir, checkpoint, tell)
    if isinstance(config.method, SftConfig):
        return _sft(config, config.method, policy, origin, run_dir, checkpoint, tell)
    return _rpt(config, policy, proxy, origin, run_dir, attempt, checkpoint, tell)


def _rpt(
    config: ExperimentConfig,
    policy: Path,
    proxy: Path,
    origin: Origin,
    run_dir: Path,
    attempt: int,
    checkpoint: Path | None,
    tell: Teller,
) -> int:
    """Next-token reasoning: prompts, cold start, GRPO."""
    from training.engine.launch import train

    tasks_file, weights = run_dir / "work" / "tasks.parquet", run_dir / "work" / "cold_start"
    if not (tasks_file.exists() and (weights.exists() or not config.cold_start.steps)):
        material = gather_material(config, policy, proxy, tell)
        _remember(origin, config, material.documents, run_dir)
        _tasks(config, material, tasks_file, tell)
        teach_format(config, material, policy, weights, tell)
    else:
        for stage in ("documents", "positions", "tasks", "cold_start"):
            tell.emit(StageChanged.model_validate({"stage": stage, "status": "reused"}))
    _held_out(config, policy, run_dir / "work" / TASKS_FILE, tell)
    return train(
        config,
        model_dir=weights if config.cold_start.steps else policy,
        tasks_file=tasks_file,
        run_dir=run_dir,
        attempt=attempt,
        resume_from=checkpoint,
    )


def _control(
    config: ExperimentConfig,
    method: NtpConfig,
    policy: Path,
    proxy: Path,
    origin: Origin,
    run_dir: Path,
    checkpoint: Path | None,
    tell: Teller,
) -> int:
    """Next-token training on the same documents, measured at the contexts of the reference run."""
    from training.control.ntp import ControlInput, train_control
    from training.control.reference import copy_tasks, tokens_of_a_step
    from training.prompts.task_file import read_tasks

    tasks_file = run_dir / "work" / "tasks.parquet"
    if tasks_file.exists() or copy_tasks(method, config, tasks_file):
        documents = read_for_training(config, tell)
        tokenizer = load_tokenizer(policy)
        encoded = encode_documents(documents, tokenizer, TokenBytes(tokenizer), tell)
        tell.emit(StageChanged(stage="tasks", status="reused"))
    else:
        material = gather_material(config, policy, proxy, tell)
        documents, encoded = material.documents, material.encoded
        _tasks(config, material, tasks_file, tell)
    _remember(origin, config, documents, run_dir)
    file = read_tasks(tasks_file)
    given = ControlInput(
        documents=tuple(encoded[index].ids for index in sorted(encoded)),
        tasks=file.token_tasks,
        constant_answer=file.constant_answer,
        tokens_per_step=tokens_of_a_step(method, run_dir / "work"),
    )
    with tell.stage("control") as detail:
        detail(f"{given.tokens_per_step} tokens a step")
        return train_control(
            config, given, model_dir=policy, run_dir=run_dir, emit=tell.emit, resume_from=checkpoint
        )


def _sft(
    config: ExperimentConfig,
    method: SftConfig,
    policy: Path,
    origin: Origin,
    run_dir: Path,
    checkpoint: Path | None,
    tell: Teller,
) -> int:
    """Instruction tuning on a corpus of conversations."""
    from training.tuning.run import tune

    def remember(conversations: tuple[Document, ...]) -> None:
        _remember(origin, config, conversations, run_dir)

    return tune(config, method, policy, run_dir, checkpoint, remember, tell)


def _origin(config: ExperimentConfig, policy: Path, run_dir: Path, tell: Teller) -> Origin:
    """Which weights the run begins with, told to the world."""
    from training.models.fingerprint import weights_sha256

    name, start = config.model.name, config.model.start_from
    origin = read_origin(run_dir) or Origin(
        model=name,
        licence=licence_of(name, policy),
        weights_sha256=weights_sha256(policy),
        start_from=start,
        start_step=step_of(Path(start)) if start else 0,
    )
    tell.emit(
        Began(
            model=name,
            weights_sha256=origin.weights_sha256,
            start_from=origin.start_from,
            step=origin.start_step,
        )
    )
    return origin


def _remember(
    origin: Origin, config: ExperimentConfig, documents: tuple[Document, ...], run_dir: Path
) -> Origin:
    """Keep beside the experiment what its weights and its data are."""
    from training.positions.cache import documents_sha256

    known = origin.model_copy(
        update={
            "corpus": Path(config.data.corpus).name,
            "documents": len(documents),
            "documents_sha256": documents_sha256(documents),
        }
    )
    write_origin(run_dir, known)
    return known


def _held_out(config: ExperimentConfig, policy: Path, path: Path, tell: Teller) -> None:
    """Write the tasks the run is evaluated on, where it is."""
    from training.models.catalogue import models_root, resolve_model
    from training.prompts.constant import constant_answer
    from training.prompts.task_file import write_tasks

    if config.evaluation.every and not path.exists():
        tasks = held_out_tasks(config, policy, resolve_model(config.reference, models_root()), tell)
        write_tasks(path, tasks, constant_answer(tasks))


def claim_folder(config: ExperimentConfig, run_dir: Path) -> None:
    """Keep the experiment beside its results. Raises ForesightError when another one lies there."""
    path = run_dir / EXPERIMENT_FILE
    if path.exists():
        if load_experiment(path) != config:
            raise ForesightError(
                f"{run_dir} holds a run with other settings.",
                field="run-dir",
                remedy="Name a new folder, or run with the settings in its experiment.yaml.",
            )
        return
    partial = path.with_suffix(".partial")
    partial.write_text(dump_yaml(config), encoding="utf-8")
    partial.replace(path)


def _tasks(config: ExperimentConfig, material: Material, path: Path, tell: Teller) -> None:
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
        other = f"; {lost:.1%} of the positions lie inside a token of the policy" if lost else ""
        detail(f"{len(tasks)} prompts of {distinct} positions{other}")
        unwritable = sum(not writable_in_box(next_token(task).decode("utf-8", "replace")) for task in tasks)
        if unwritable:
            tell.log(
                f"The next token of {unwritable} prompts holds a brace or backslash: no box can hold it."
            )

"""An experiment from text to checkpoints: every stage a named call, told to the world as events.

Needs no database, no broker and no web app. Run again on the folder of an attempt that stopped,
it takes up what is finished and goes on from the newest checkpoint that verifies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from training.checkpoints.store import newest_verified
from training.contract.errors import ForesightError
from training.contract.events import Failed, Finished, LogLine, Metrics, Progress, Stage, StageChanged
from training.contract.experiment import ExperimentConfig, dump_yaml, load_experiment
from training.contract.stream import EventWriter, spool_path
from training.corpus.reader import read_corpus
from training.corpus.split import split_documents
from training.models.catalogue import foresight_home, models_root, resolve_model
from training.models.token_bytes import (
    EncodedDocument,
    RoundTripError,
    TokenBytes,
    encode_document,
    load_tokenizer,
)
from training.records import Document, TokenPosition

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

logger = logging.getLogger(__name__)

EXPERIMENT_FILE = "experiment.yaml"
_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Material:
    """What the stages before GRPO found out about the text."""

    documents: tuple[Document, ...]  # for training, held-out ones left out
    encoded: dict[int, EncodedDocument]  # in the policy's tokens, by Document.index
    positions: tuple[TokenPosition, ...]  # selected, by document and token index
    tokenizer: PreTrainedTokenizerFast
    token_bytes: TokenBytes


class _Teller:
    """Tells of stages, progress and log lines."""

    def __init__(self, writer: EventWriter) -> None:
        self.emit = writer.emit
        self._last = 0.0

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[Callable[[str], None]]:
        """A stage from start to end. Call what it yields with a sentence to say how it went."""
        self.emit(StageChanged(stage=stage, status="started"))
        began, details = time.monotonic(), [""]
        yield details.append
        seconds = time.monotonic() - began
        self.emit(StageChanged(stage=stage, status="finished", detail=details[-1], seconds=seconds))

    def progress(self, stage: Stage, done: int, total: int, unit: str) -> None:
        """At most twice a second, and always at the end."""
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS or done >= total:
            self._last = now
            self.emit(Progress(stage=stage, done=done, total=total, unit=unit))

    def log(self, text: str, level: str = "info") -> None:
        self.emit(LogLine.model_validate({"level": level, "text": text}))
        logger.log(logging.getLevelNamesMapping()[level.upper()], text)


def run(config: ExperimentConfig, run_dir: Path, *, attempt: int) -> int:
    """Carry out the experiment in `run_dir`; returns the GRPO steps done.

    Args:
        config: the experiment. `data.corpus` is `sample` or a path.
        run_dir: made where it is missing. Holds one experiment: another one is refused.
        attempt: number of this attempt, from 1; its events go to `events.<attempt>.jsonl`.

    Raises:
        ForesightError: what a person can act on; the event `failed` says the same.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    tell = _Teller(EventWriter(spool_path(run_dir, attempt)))
    try:
        steps = _run(config, run_dir, attempt, tell)
    except ForesightError as error:
        tell.emit(
            Failed(message=error.message, field=error.field, remedy=error.remedy, retryable=error.retryable)
        )
        raise
    tell.emit(Finished(steps_done=steps, steps_asked=config.optimisation.steps))
    return steps


def _run(config: ExperimentConfig, run_dir: Path, attempt: int, tell: _Teller) -> int:
    from training.engine.launch import pick_device, train
    from training.models.cpu import use_cpu

    claim_folder(config, run_dir)
    if pick_device(config) == "cpu":  # a missing GPU is said now, not after an hour of scoring
        use_cpu(config.resources.threads)
    policy, proxy = _prepare(config, tell)
    tasks_file, weights = run_dir / "work" / "tasks.parquet", run_dir / "work" / "cold_start"
    checkpoint = newest_verified(
        run_dir, lambda folder, error: tell.log(f"{folder.name} is passed over: {error}", "warning")
    )
    if not (tasks_file.exists() and (weights.exists() or not config.cold_start.steps)):
        material = _material(config, policy, proxy, tell)
        _tasks(config, material, tasks_file, tell)
        _cold_start(config, material, policy, weights, tell)
    else:
        for stage in ("documents", "positions", "tasks", "cold_start"):
            tell.emit(StageChanged.model_validate({"stage": stage, "status": "reused"}))
    return train(
        config,
        model_dir=weights if config.cold_start.steps else policy,
        tasks_file=tasks_file,
        run_dir=run_dir,
        attempt=attempt,
        resume_from=checkpoint,
    )


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


def _prepare(config: ExperimentConfig, tell: _Teller) -> tuple[Path, Path]:
    """Folders of the policy and of the proxy model."""
    with tell.stage("prepare") as detail:
        policy = resolve_model(config.model.name, models_root())
        proxy = resolve_model(config.proxy, models_root())
        detail(config.model.name)
    return policy, proxy


def _material(config: ExperimentConfig, policy: Path, proxy: Path, tell: _Teller) -> _Material:
    """Read, hold out, score and select."""
    from training.positions.cache import scan
    from training.positions.select import select_positions

    with tell.stage("documents") as detail:
        read = read_corpus(
            config.data.corpus,
            text_field=config.data.text_field,
            join_fields=config.data.join_fields,
            max_documents=config.data.max_documents,
        )
        documents, held_out = split_documents(read.documents, config.data.held_out_documents, config.seed)
        detail(f"{len(documents)} documents to train on, {len(held_out)} held out")
        for warning in read.report.warnings:
            tell.log(warning, "warning")
    with tell.stage("positions") as detail:
        found = scan(
            documents,
            proxy,
            config.positions,
            foresight_home(),
            lambda done, total: tell.progress("positions", done, total, "positions"),
        )
        positions = select_positions(
            found.positions,
            threshold=config.positions.threshold,
            min_context=config.positions.min_context,
            documents={document.index for document in documents},
        )
        known = " (scanned before)" if found.reused else ""
        detail(f"{len(positions)} of {found.summary.positions} positions kept{known}")
    tokenizer = load_tokenizer(policy)
    token_bytes = TokenBytes(tokenizer)
    encoded = _encode(documents, tokenizer, token_bytes, tell)
    return _Material(documents, encoded, positions, tokenizer, token_bytes)


def _encode(
    documents: tuple[Document, ...],
    tokenizer: PreTrainedTokenizerFast,
    token_bytes: TokenBytes,
    tell: _Teller,
) -> dict[int, EncodedDocument]:
    """The documents in the policy's tokens; one that the tokenizer would damage is left out and named."""
    encoded = {}
    for document in documents:
        try:
            encoded[document.index] = encode_document(tokenizer, document.text, token_bytes)
        except RoundTripError as error:
            tell.log(f"Document {document.index} ({document.name}) is left out. {error.message}", "warning")
    return encoded


def _tasks(config: ExperimentConfig, material: _Material, path: Path, tell: _Teller) -> None:
    """Write the prompts of the whole run in training order."""
    from training.prompts.build import TaskBuilder, next_token
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
        detail(f"{len(tasks)} prompts of {distinct} positions")
        unwritable = sum(not writable_in_box(next_token(task).decode("utf-8", "replace")) for task in tasks)
        if unwritable:
            tell.log(
                f"The next token of {unwritable} prompts holds a brace or backslash: no box can hold it."
            )


def _cold_start(
    config: ExperimentConfig, material: _Material, policy: Path, weights: Path, tell: _Teller
) -> None:
    """Teach the answer's form, where the experiment asks for it."""
    from training.cold_start.examples import make_examples
    from training.cold_start.sft import cold_start
    from training.prompts.build import TaskBuilder

    total = config.cold_start.steps
    if not total:
        return

    def on_step(step: int, loss: float) -> None:
        tell.emit(Metrics(step=step, values={"cold_start/loss": loss}))
        tell.emit(Progress(stage="cold_start", done=step, total=total, unit="steps"))

    with tell.stage("cold_start") as detail:
        examples = make_examples(
            TaskBuilder(material.tokenizer, material.token_bytes, config),
            material.tokenizer,
            material.encoded,
            {(at.document, at.byte_start) for at in material.positions},
            count=total * config.cold_start.batch_size,
            max_response_tokens=config.sampling.max_response_tokens,
            min_context=config.positions.min_context,
            seed=config.seed,
        )
        cold_start(config, policy, examples, weights, on_step)
        detail(f"{len(examples)} examples of the answer's form")

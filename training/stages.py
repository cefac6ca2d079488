"""The stages before GRPO, each a named call that tells the world how it goes.

The pipeline, the probe and the tables of prompts all begin with them: what a probe measures is what a
run would train on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.checkpoints.start import start_weights
from training.contract.events import Event, LogLine, Metrics, Progress, Stage, StageChanged
from training.contract.experiment import ExperimentConfig
from training.contract.settings.methods import methods_of
from training.corpus.reader import CorpusRead, read_corpus
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
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

logger = logging.getLogger(__name__)

_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Material:
    """What the stages before the prompts found out about the text."""

    documents: tuple[Document, ...]  # for training, held-out ones left out
    encoded: dict[int, EncodedDocument]  # in the policy's tokens, by Document.index
    positions: tuple[TokenPosition, ...]  # selected, by document and token index
    tokenizer: PreTrainedTokenizerFast
    token_bytes: TokenBytes


class Teller:
    """Tells of stages, progress and log lines to `emit`, which writes one event."""

    def __init__(self, emit: Callable[[Event], object]) -> None:
        self.emit = emit
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


def prepare(config: ExperimentConfig, tell: Teller, keep_start_in: Path | None = None) -> tuple[Path, Path]:
    """Folders of the policy's start weights and of the proxy model.

    `keep_start_in`: where a run keeps the weights of the checkpoint it starts from; None reads them in place.
    """
    start_from = config.model.start_from
    with tell.stage("prepare") as detail:
        policy = resolve_model(config.model.name, models_root())
        scores = config.method.kind in methods_of("positions", "positions")
        proxy = resolve_model(config.proxy, models_root()) if scores else policy
        if start_from:
            policy = start_weights(start_from, keep_start_in)
        detail(f"{config.model.name}, weights of {start_from}" if start_from else config.model.name)
    return policy, proxy


def read_all(config: ExperimentConfig) -> CorpusRead:
    """The experiment's whole corpus."""
    return read_corpus(config.data)


def read_for_training(config: ExperimentConfig, tell: Teller) -> tuple[Document, ...]:
    """The corpus without the documents that are held out."""
    with tell.stage("documents") as detail:
        read = read_all(config)
        documents, held_out = split_documents(read.documents, config.data.held_out_documents, config.seed)
        detail(f"{len(documents)} documents to train on, {len(held_out)} held out")
        for warning in read.report.warnings:
            tell.log(warning)
    return documents


def gather_material(config: ExperimentConfig, policy: Path, proxy: Path, tell: Teller) -> Material:
    """Read, hold out, score and select."""
    from training.positions.cache import scan
    from training.positions.select import select_positions

    documents = read_for_training(config, tell)
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
            config.positions,
            seed=config.seed,
            documents={document.index for document in documents},
        )
        kept, scanned = len(positions), found.summary.positions
        detail(
            f"{kept} of {scanned} positions kept (scanned before)"
            if found.reused
            else f"{kept} of {scanned} positions kept"
        )
    tokenizer = load_tokenizer(policy)
    token_bytes = TokenBytes(tokenizer)
    encoded = encode_documents(documents, tokenizer, token_bytes, tell)
    return Material(documents, encoded, positions, tokenizer, token_bytes)


def encode_documents(
    documents: tuple[Document, ...],
    tokenizer: PreTrainedTokenizerFast,
    token_bytes: TokenBytes,
    tell: Teller,
) -> dict[int, EncodedDocument]:
    """The documents in the policy's tokens; one that the tokenizer would damage is left out and named."""
    encoded = {}
    for document in documents:
        try:
            encoded[document.index] = encode_document(tokenizer, document.text, token_bytes)
        except RoundTripError as error:
            tell.log(f"Document {document.index} ({document.name}) is left out. {error.message}", "warning")
    return encoded


def teach_format(
    config: ExperimentConfig, material: Material, policy: Path, weights: Path, tell: Teller
) -> None:
    """Teach the form of RPT's answers, where the experiment asks for it."""
    from training.cold_start.examples import make_examples
    from training.prompts.build import TaskBuilder

    def own_examples() -> list[Labelled]:
        examples = make_examples(
            TaskBuilder(material.tokenizer, material.token_bytes, config),
            material.tokenizer,
            material.encoded,
            {(at.document, at.byte_start) for at in material.positions},
            count=config.cold_start.steps * config.cold_start.batch_size,
            max_response_tokens=config.sampling.max_response_tokens,
            min_context=config.positions.min_context,
            seed=config.seed,
        )
        return [one.labelled for one in examples]

    teach(config, policy, weights, own_examples, tell)


def teach(
    config: ExperimentConfig,
    policy: Path,
    weights: Path,
    own_examples: Callable[[], Sequence[Labelled]],
    tell: Teller,
) -> None:
    """The cold start, where the experiment asks for one: on conversations where it names some.

    Args:
        config: the experiment.
        policy: the start weights.
        weights: the folder of the weights after it.
        own_examples: makes the method's own examples of an answer's form.
        tell: of the stage, its loss and its progress.
    """
    from training.cold_start.sft import cold_start
    from training.tuning.examples import conversation_examples

    total = config.cold_start.steps
    if not total:
        return

    def on_step(step: int, loss: float) -> None:
        tell.emit(Metrics(step=step, values={"cold_start/loss": loss}))
        tell.emit(Progress(stage="cold_start", done=step, total=total, unit="steps"))

    with tell.stage("cold_start") as detail:
        if config.cold_start.conversations:
            tokenizer = load_tokenizer(policy)
            examples = conversation_examples(config, tokenizer, lambda text: tell.log(text, "warning"))
            detail(f"{len(examples)} examples of conversations")
        else:
            examples = tuple(own_examples())
            detail(f"{len(examples)} examples of the answer's form")
        cold_start(config, policy, examples, weights, on_step)

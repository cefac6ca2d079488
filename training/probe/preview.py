"""The exact prompt of one position, without scoring a corpus for it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.prompt_preview import PromptPreview
from training.contract.settings.answers import RlvrConfig
from training.contract.settings.segments import RlptConfig
from training.models.catalogue import foresight_home, models_root, resolve_model
from training.models.token_bytes import (
    EncodedDocument,
    RoundTripError,
    TokenBytes,
    encode_document,
    load_tokenizer,
)
from training.positions.cache import find_scan
from training.positions.select import select_positions
from training.probe.allowed import refuse_without_rollouts
from training.probe.task_preview import problem_preview, segment_preview
from training.prompts.build import TaskBuilder, next_token
from training.prompts.order import order_positions
from training.records import Document, Task, TokenPosition
from training.rewards.extract import THINK_END, THINK_START
from training.stages import Teller, read_for_training

_NOT_SCANNED = -1.0
_DRAWS = 64  # drawn positions of an unscanned corpus that are looked at for each one asked for


def preview(config: ExperimentConfig, number: int) -> PromptPreview:
    """The prompt of position `number`, from 0; of segment or problem `number` under RLPT and RLVR.

    Where the corpus was scanned as the experiment asks, positions count in the order of training: number
    0 is the first prompt of the run. Elsewhere they are drawn from the text with the experiment's seed.

    Raises:
        ForesightError: there is no such position, or the experiment cannot begin.
    """
    if isinstance(config.method, RlptConfig):
        return segment_preview(config, config.method, number)
    if isinstance(config.method, RlvrConfig):
        return problem_preview(config, config.method, number)
    refuse_without_rollouts(config)
    documents = {one.index: one for one in read_for_training(config, Teller(lambda event: None))}
    policy = resolve_model(config.model.name, models_root())
    tokenizer = load_tokenizer(policy)
    reader = _Reader(documents, tokenizer, TokenBytes(tokenizer))
    builder = TaskBuilder(tokenizer, reader.token_bytes, config)
    selected = _selected(config, reader)
    found = -1
    for at in _drawn(config, reader, (number + 1) * _DRAWS) if selected is None else selected:
        encoded = reader.encoded(at.document)
        task = builder.build(documents[at.document], encoded, at) if encoded else None
        found += task is not None
        if task is not None and found == number:
            return _view(config, task, number, scanned=selected is not None)
    raise ForesightError(
        f"There are only {found + 1} positions to ask.",
        field="position",
        remedy=f"Ask for a position below {found + 1}, or select more positions.",
    )


class _Reader:
    """Documents in the policy's tokens, each encoded when it is first asked for."""

    def __init__(self, documents: dict[int, Document], tokenizer: object, token_bytes: TokenBytes) -> None:
        self.documents = documents
        self.token_bytes = token_bytes
        self._tokenizer = tokenizer
        self._known: dict[int, EncodedDocument | None] = {}

    def encoded(self, index: int) -> EncodedDocument | None:
        """None for a document that the tokenizer would damage: a run leaves it out too."""
        if index not in self._known:
            try:
                self._known[index] = encode_document(
                    self._tokenizer,  # type: ignore[arg-type]
                    self.documents[index].text,
                    self.token_bytes,
                )
            except RoundTripError:
                self._known[index] = None
        return self._known[index]


def _selected(config: ExperimentConfig, reader: _Reader) -> tuple[TokenPosition, ...] | None:
    """The positions in training order, where a finished scan knows them."""
    documents = tuple(reader.documents.values())
    if not (models_root() / config.proxy).exists():
        return None  # a model that was never here has scanned nothing
    proxy = resolve_model(config.proxy, models_root())
    scan = find_scan(documents, proxy, config.positions, foresight_home())
    if scan is None:
        return None
    positions = select_positions(
        scan.positions, config.positions, seed=config.seed, documents=set(reader.documents)
    )
    usable = [at for at in positions if reader.encoded(at.document)]
    return order_positions(usable, config.seed, len(usable)) if usable else ()


def _drawn(config: ExperimentConfig, reader: _Reader, count: int) -> Iterator[TokenPosition]:
    """Positions of the text with enough context, drawn with the seed."""
    draw = random.Random(f"prompt {config.seed}")
    indices = sorted(reader.documents)
    for _ in range(count if indices else 0):
        document = draw.choice(indices)
        encoded = reader.encoded(document)
        first = max(1, config.positions.min_context)
        if encoded is None or len(encoded.ids) <= first:
            continue
        index = draw.randrange(first, len(encoded.ids))
        yield TokenPosition(
            document=document,
            index=index,
            byte_start=encoded.byte_ends[index - 1],
            byte_end=encoded.byte_ends[index],
            token_id=encoded.ids[index],
            entropy=_NOT_SCANNED,
            truth_logprob=0.0,
            truth_rank=0,
            argmax_id=0,
        )


def _view(config: ExperimentConfig, task: Task, number: int, *, scanned: bool) -> PromptPreview:
    at = task.position
    return PromptPreview(
        prompt=task.prompt,
        tokens=len(task.prompt_ids),
        max_tokens=config.sampling.max_prompt_tokens,
        context_tokens=len(task.context_ids),
        context_is_cut=len(task.context.encode()) < at.byte_start,
        think_prefilled=task.think_prefilled,
        next_token=next_token(task).decode("utf-8", "backslashreplace"),
        document=at.document,
        document_name=task.document_name,
        byte_start=at.byte_start,
        number=number,
        entropy=at.entropy if scanned else None,
        model=config.model.name,
        template=config.rpt.prompt,
        problems=tuple(_problems(task, scanned)),
    )


def _problems(task: Task, scanned: bool) -> list[str]:
    said = []
    if not scanned:
        said.append(
            "The corpus has not been scanned with these settings, so this position was drawn from the text; "
            "the run may not select it."
        )
    if THINK_END in task.context or THINK_START in task.context:
        said.append("The context itself holds a thought's mark. Only the response is read for an answer.")
    return said

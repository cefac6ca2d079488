"""The tasks an experiment is evaluated on: drawn with its seed from the documents it does not train on.

The same experiment gives the same positions for every model. Prompts are built in the tokens of the
model that is asked, so a model with another vocabulary may lose some: results say how many are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.contract.difficulty import EASIEST
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.corpus.split import split_documents
from training.models.catalogue import foresight_home
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.records import Document, Task, TokenPosition
from training.stages import Teller, encode_documents, read_all

TASKS_FILE = "held_out.parquet"


def held_out_tasks(
    config: ExperimentConfig, model: Path, reference: Path, tell: Teller, count: int = 0
) -> tuple[Task, ...]:
    """Tasks at `count` positions (0: `evaluation.positions`) above 0.5 nats of the reference's entropy.

    Args:
        config: the experiment.
        model: folder of the model whose tokens the prompts are in.
        reference: folder of the model whose entropy makes the splits; kept in each task's position.
        tell: of the progress of the scan, and of what was drawn.
        count: the first so many of the drawn order.

    Raises:
        ForesightError: no document is held out, or none of their positions can be asked.
    """
    documents = held_out_documents(config)
    positions = _scanned(config, documents, reference, tell)
    return drawn_tasks(config, model, documents, positions, tell, count)


def scan_tasks(
    config: ExperimentConfig, model: Path, scan_file: Path, tell: Teller, count: int = 0
) -> tuple[Task, ...]:
    """As `held_out_tasks`, with the entropies of a positions.parquet that `score` wrote of the same corpus.

    Held-out documents where the experiment holds some out, else all.
    """
    documents = held_out_documents(config) if config.data.held_out_documents else read_all(config).documents
    return drawn_tasks(config, model, documents, _above(config, scan_file, documents), tell, count)


def drawn_tasks(
    config: ExperimentConfig,
    model: Path,
    documents: Sequence[Document],
    positions: Sequence[TokenPosition],
    tell: Teller,
    count: int = 0,
) -> tuple[Task, ...]:
    """The tasks of the first `count` positions in the experiment's seeded order."""
    from training.prompts.build import TaskBuilder
    from training.prompts.order import order_positions

    wanted = min(count or config.evaluation.positions, len(positions))
    drawn = order_positions(positions, config.seed, wanted) if wanted else ()
    tokenizer = load_tokenizer(model)
    token_bytes = TokenBytes(tokenizer)
    used = {position.document for position in drawn}
    by_index = {document.index: document for document in documents if document.index in used}
    encoded = encode_documents(tuple(by_index.values()), tokenizer, token_bytes, tell)
    builder = TaskBuilder(tokenizer, token_bytes, config)
    built = (
        builder.build(by_index[at.document], encoded[at.document], at)
        for at in drawn
        if at.document in encoded
    )
    tasks = tuple(task for task in built if task is not None)
    if not tasks:
        raise ForesightError(
            f"No held-out position above {EASIEST:g} nats can be asked.",
            field="data.held_out_documents",
            remedy="Hold out more documents, or longer ones.",
        )
    lost = len(drawn) - len(tasks)
    tell.log(
        f"{len(tasks)} held-out positions of {len(used)} documents to evaluate on"
        + (f"; {lost} drawn ones have no prompt in this model's tokens" if lost else "")
    )
    return tasks


def held_out_documents(config: ExperimentConfig) -> tuple[Document, ...]:
    """Raises ForesightError where the experiment holds none out."""
    found = split_documents(read_all(config).documents, config.data.held_out_documents, config.seed)[1]
    if not found:
        raise ForesightError(
            "The experiment holds no documents out, so there is nothing it has not trained on.",
            field="data.held_out_documents",
            remedy="Hold out some documents; RPT holds out 200.",
        )
    return found


def _scanned(
    config: ExperimentConfig, documents: tuple[Document, ...], reference: Path, tell: Teller
) -> tuple[TokenPosition, ...]:
    from training.positions.cache import scan

    found = scan(
        documents,
        reference,
        config.positions,
        foresight_home(),
        lambda done, total: tell.progress("evaluate", done, total, "held-out positions scored"),
    )
    return _above(config, found.positions, documents)


def _above(
    config: ExperimentConfig, scan_file: Path, documents: Sequence[Document]
) -> tuple[TokenPosition, ...]:
    """The usable positions of the easy split: those of the others are among them."""
    from training.positions.select import select_positions

    settings = config.positions.model_copy(update={"selection": "threshold", "threshold": EASIEST})
    indices = {document.index for document in documents}
    found = select_positions(scan_file, settings, documents=indices)
    return tuple(position for position in found if position.entropy > EASIEST)

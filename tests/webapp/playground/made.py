"""A made run whose checkpoint holds a tiny model that really answers, with positions to pick from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from tests.training.tiny import make_tiny_model
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
from training.contract.experiment import ExperimentConfig
from training.contract.task_places import HELD_OUT, TRAINED
from training.models.token_bytes import TokenBytes, encode_document, load_tokenizer
from training.prompts.build import TaskBuilder
from training.prompts.task_file import write_tasks
from training.records import Document, Task, TokenPosition
from webapp.runs.models import Run

TEXT = (
    "The name of the value is the name of a list, and the end of the line is the end of the text. "
    "The size of the list increases and the value of the name decreases until the end of the line."
)


def make_asked_run(owner: Any, name: str = "made: to be asked") -> Run:
    """A finished run of the tiny model with checkpoints of steps 10 and 20; places 4 to 9 are trained on, 10 to 12
    held out."""
    run = make_bare_run(owner, MadeRun(name, "succeeded", 20, 20, colour=2))
    tiny = Path(settings.HOME) / "models" / "tiny"
    if not tiny.exists():
        make_tiny_model(tiny)
    run.config["model"]["name"] = "tiny"
    run.config["resources"] |= {"threads": 1, "precision": "float32", "device": "cpu"}
    run.config["sampling"]["max_response_tokens"] = 24
    corpus = made_corpus(Path(settings.HOME), owner, TEXT, name=f"text of {name}")
    run.experiment.corpus = corpus
    run.experiment.config = run.config
    run.experiment.save()
    Run.objects.filter(pk=run.pk).update(config=run.config, step=20)
    run.refresh_from_db()
    for step, seed in ((10, 1), (20, 2)):
        checkpoint = make_checkpoint(run, step)
        make_tiny_model(run.folder_path / checkpoint.path / "model", seed=seed)
    tasks = made_tasks(tiny, run.typed)
    (run.folder_path / "work").mkdir()
    write_tasks(run.folder_path / TRAINED, tasks[:6], b" the")
    write_tasks(run.folder_path / HELD_OUT, tasks[6:9])
    return run


def made_tasks(model: Path, config: ExperimentConfig) -> list[Task]:
    """The tasks of places 4, 5 ... of the text."""
    tokenizer = load_tokenizer(model)
    table = TokenBytes(tokenizer)
    encoded = encode_document(tokenizer, TEXT, table)
    builder, document = TaskBuilder(tokenizer, table, config), Document(0, "made.txt", TEXT)
    found = [
        builder.build(
            document,
            encoded,
            TokenPosition(
                0, index, encoded.byte_ends[index - 1], encoded.byte_ends[index], encoded.ids[index],
                1.0 + index / 10, -1.0, 1, 0,
            ),
        )
        for index in range(4, 16)
    ]  # fmt: skip
    return [task for task in found if task is not None]

"""Where a run's weights come from: base model, start weights, data. Written once, beside the experiment.

Checkpoints and their model cards say it; a resumed run reads what its first attempt wrote.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from training.contract.errors import ForesightError
from training.contract.model_names import CATALOGUE

ORIGIN = "origin.json"
UNSTATED = "not stated"


class Origin(BaseModel):
    """What was there before the first step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str  # the base model's name
    licence: str  # of the base model, as its folder or the catalogue states it
    weights_sha256: str  # of the weights the run began with
    start_from: str = ""  # `<run folder>/checkpoints/step_000015`; "" for the model's own weights
    start_step: int = 0  # of that checkpoint
    corpus: str = ""  # the corpus as people know it: its file's name
    documents: int = 0  # that are trained on
    documents_sha256: str = ""  # over their numbers and texts, see positions/cache.py


def write_origin(run_dir: Path, origin: Origin) -> None:
    """Write it whole or not at all."""
    partial = run_dir / (ORIGIN + ".partial")
    partial.write_text(origin.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(run_dir / ORIGIN)


def read_origin(run_dir: Path) -> Origin | None:
    """What the first attempt wrote; None where no attempt came so far. Raises ForesightError for damage."""
    try:
        return Origin.model_validate_json((run_dir / ORIGIN).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ForesightError(
            f"{ORIGIN} of {run_dir.name} is damaged.", field="run-dir", remedy="Begin a new run."
        ) from error


def licence_of(model: str, folder: Path) -> str:
    """The licence that the catalogue or the folder's own model card names."""
    if model in CATALOGUE:
        return CATALOGUE[model].licence
    try:
        card = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return UNSTATED
    head = card.split("\n---", 1)[0] if card.startswith("---\n") else ""
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if name == "license" and value.strip():
            return value.strip().strip("\"'")
    return UNSTATED

"""The stages of preparing a corpus, in their order. A new one is a file, a section of settings and a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from training.contract.preparation import PreparationConfig
from training.preparation import (
    decontamination,
    near_duplicates,
    personal_data,
    quality_model,
    quality_rules,
)
from training.preparation.evaluation_sets import Items
from training.preparation.finding import StageRun
from training.records import Document


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage is given beside the documents."""

    config: PreparationConfig
    sets: tuple[Items, ...]  # read before the first stage: a missing file is told at once
    folder: Path  # of this preparation


Start = Callable[[Iterable[Document], Work], StageRun]

STAGES: dict[str, Start] = {
    "near_duplicates": lambda texts, work: near_duplicates.start(texts, work.config.near_duplicates),
    "personal_data": lambda texts, work: personal_data.start(texts, work.config.personal_data),
    "decontamination": lambda texts, work: decontamination.start(
        texts, work.config.decontamination, work.sets
    ),
    "quality_rules": lambda texts, work: quality_rules.start(texts, work.config.quality_rules),
    "quality_model": lambda texts, work: quality_model.start(texts, work.config.quality_model, work.folder),
}

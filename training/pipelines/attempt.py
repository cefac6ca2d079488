"""One attempt of a run: what the pipeline of every method works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.checkpoints.origin import Origin, write_origin
from training.contract.events import Stage, StageChanged
from training.contract.experiment import ExperimentConfig
from training.records import Document
from training.stages import Teller


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a run, its folder claimed and its start weights at hand."""

    config: ExperimentConfig
    run_dir: Path
    number: int  # from 1; its events go to `events.<number>.jsonl`
    policy: Path  # folder of the start weights
    proxy: Path  # folder of the model that scores positions
    origin: Origin
    checkpoint: Path | None  # the newest verified one of earlier attempts
    tell: Teller

    @property
    def tasks_file(self) -> Path:
        """The tasks of the whole run in training order."""
        return self.run_dir / "work" / "tasks.parquet"

    @property
    def cold_start_dir(self) -> Path:
        """The weights after the cold start."""
        return self.run_dir / "work" / "cold_start"

    @property
    def is_prepared(self) -> bool:
        """Whether an earlier attempt made the tasks and the cold start."""
        return self.tasks_file.exists() and (self.cold_start_dir.exists() or not self.config.cold_start.steps)

    def remember(self, documents: Sequence[Document]) -> None:
        """Keep beside the experiment what its data are."""
        from training.positions.cache import documents_sha256

        known = {
            "corpus": Path(self.config.data.corpus).name,
            "documents": len(documents),
            "documents_sha256": documents_sha256(documents),
        }
        write_origin(self.run_dir, self.origin.model_copy(update=known))

    def reuse(self, *stages: Stage) -> None:
        """Say that an earlier attempt has done them."""
        for stage in stages:
            self.tell.emit(StageChanged(stage=stage, status="reused"))

    def grpo(self) -> int:
        """Train on the tasks file, from the weights after the cold start; returns the steps done."""
        from training.engine.launch import train
        from training.models.cpu import give_memory_back

        give_memory_back()  # what scans and the cold start took is the engine's now
        return train(
            self.config,
            model_dir=self.cold_start_dir if self.config.cold_start.steps else self.policy,
            tasks_file=self.tasks_file,
            run_dir=self.run_dir,
            attempt=self.number,
            resume_from=self.checkpoint,
            policy=self.policy,
        )

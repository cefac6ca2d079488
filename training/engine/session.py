"""What one attempt of a run carries through the engine: its folder, its spool, where it goes on from."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from training.contract.events import Event
from training.contract.experiment import ExperimentConfig
from training.contract.stream import EventWriter

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """One attempt of a run."""

    config: ExperimentConfig
    run_dir: Path
    writer: EventWriter
    resume_from: Path | None  # a verified checkpoint folder; None: from the start weights

    def emit(self, event: Event) -> None:
        """Write an event. A disk that refuses slows what is shown, never the optimiser."""
        try:
            self.writer.emit(event)
        except OSError as error:
            logger.warning("event %s could not be written: %s", event.type, error)

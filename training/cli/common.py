"""What several commands share: arguments for a corpus, an event spool, a clean end on SIGTERM."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.contract.events import Event, Failed
from training.contract.stream import EventWriter

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

TERMINATED = 128 + signal.SIGTERM  # the exit code a shell gives for SIGTERM


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """`--corpus`, and how a jsonl file's lines become text."""
    parser.add_argument(
        "--corpus", required=True, metavar="FILE", help="a txt, md or jsonl file, or `sample`"
    )
    parser.add_argument("--text-field", default="text", help="jsonl: the field that holds the text")
    parser.add_argument(
        "--join-fields", default="", metavar="A,B", help="jsonl: fields joined by a blank line"
    )
    parser.add_argument("--max-documents", type=int, default=0, metavar="N", help="only the first N; 0: all")


def split_names(value: str) -> tuple[str, ...]:
    """`a, b` -> ("a", "b")."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


class EventSink:
    """Writes events to a spool, or nowhere when no spool was named."""

    def __init__(self, path: Path | None) -> None:
        self._writer = EventWriter(path) if path is not None else None

    def emit(self, event: Event) -> None:
        if self._writer is not None:
            self._writer.emit(event)


@contextmanager
def failures_told(sink: EventSink) -> Iterator[None]:
    """Write a ForesightError to the spool as `Failed` on its way out."""
    try:
        yield
    except ForesightError as error:
        sink.emit(
            Failed(message=error.message, field=error.field, remedy=error.remedy, retryable=error.retryable)
        )
        raise


def exit_on_sigterm() -> None:
    """Turn SIGTERM into SystemExit, so that half-written files are cleaned up on the way out."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    signal.signal(signal.SIGTERM, stop)

"""What several commands share: arguments for a corpus, an event spool, a clean end on SIGTERM."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from training.contract.errors import ForesightError
from training.contract.events import Event, Failed
from training.contract.experiment import field_errors
from training.contract.settings.text import DataConfig
from training.contract.stream import EventWriter

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SomeSection = TypeVar("SomeSection", bound=BaseModel)

TERMINATED = 128 + signal.SIGTERM  # the exit code a shell gives for SIGTERM


_DATA = ("text_field", "template", "max_documents", "max_unpacked_mb", "max_document_mb")


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """`--corpus`, how its rows become text, and how large it may be: settings of the section `data`."""
    parser.add_argument(
        "--corpus", required=True, metavar="FILE", help=DataConfig.model_fields["corpus"].description
    )
    parser.add_argument(
        "--join-fields", default="", metavar="A,B", help="fields of a row, joined by a blank line"
    )
    add_settings(parser, DataConfig, _DATA)


def add_settings(parser: argparse.ArgumentParser, section: type[BaseModel], names: Iterable[str]) -> None:
    """An option for each of a section's settings, with its default and its help."""
    for name in names:
        field = section.model_fields[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            help=f"{field.description} Default {field.default!r}.".replace("%", "%%"),
        )


def corpus_settings(options: argparse.Namespace) -> DataConfig:
    """What `add_corpus_arguments` read. Raises ForesightError that names the setting at fault."""
    given = {name: getattr(options, name) for name in _DATA}
    joined = split_names(options.join_fields)
    return parse_section(DataConfig, "data", {**given, "corpus": options.corpus, "join_fields": joined})


def parse_section(section: type[SomeSection], prefix: str, given: dict[str, object]) -> SomeSection:
    """A section of settings, or ForesightError with the dotted name of the first one at fault."""
    try:
        return section.model_validate(given)
    except ValidationError as error:
        name, message = next(iter(field_errors(error).items()))
        raise ForesightError(message, field=f"{prefix}.{name}".rstrip(".")) from error


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

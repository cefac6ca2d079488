"""`score --model M --corpus FILE --out positions.parquet`: scan a corpus for positions to train on."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import (
    EventSink,
    add_corpus_arguments,
    add_settings,
    corpus_settings,
    exit_on_sigterm,
    failures_told,
    parse_section,
)
from training.contract.events import LogLine, Progress, ScanFinished, StageChanged
from training.contract.positions_file import count_kept
from training.contract.settings.text import PositionsConfig

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.positions.cache import Scan
    from training.positions.scorer import OnProgress

_PROGRESS_SECONDS = 0.5
_SETTINGS = (
    "entropy",
    "top_k",
    "selection",
    "threshold",
    "upper_threshold",
    "share",
    "min_context",
    "window",
    "window_overlap",
)


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("score", help="score every token position of a corpus")
    parser.add_argument("--model", required=True, metavar="M", help="a model's name or folder")
    add_corpus_arguments(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="positions.parquet to write")
    add_settings(parser, PositionsConfig, _SETTINGS)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: as torch decides")
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=score)


def score(options: argparse.Namespace) -> int:
    """Write positions.parquet, summary.json and vocabulary.json; print a line of what was found.

    The scan itself is kept under $FORESIGHT_HOME/cache/positions, so that a run on the same corpus
    finds it.
    """
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        settings = _settings(options)
        found = _scan(options, settings, sink)
        kept = count_kept(options.out, settings)
    summary = found.summary
    sink.emit(
        ScanFinished(
            file=str(options.out),
            documents=summary.documents,
            positions=summary.positions,
            kept=kept,
            tokens_per_second=summary.tokens_per_second,
        )
    )
    speed = "found in the cache" if found.reused else f"{summary.tokens_per_second:.0f} tokens/s"
    print(f"{summary.positions} positions of {summary.documents} documents, {kept} kept; {speed}")
    return 0


def _scan(options: argparse.Namespace, settings: PositionsConfig, sink: EventSink) -> Scan:
    """Read, score and lay the files beside `--out`."""
    from training.corpus.reader import read_corpus
    from training.models.catalogue import foresight_home, model_folder
    from training.models.cpu import use_cpu
    from training.positions.cache import copy_scan, scan

    use_cpu(options.threads)
    began = time.monotonic()
    read = read_corpus(corpus_settings(options))
    model = model_folder(options.model)
    sink.emit(StageChanged(stage="positions", status="started"))
    found = scan(read.documents, model, settings, foresight_home(), _progress_to(sink))
    copy_scan(found, options.out)
    for index, reason in found.summary.skipped_documents.items():
        sink.emit(LogLine(level="warning", text=f"Document {index} was left out. {reason}"))
    seconds = time.monotonic() - began
    sink.emit(
        StageChanged(stage="positions", status="reused" if found.reused else "finished", seconds=seconds)
    )
    return found


def _settings(options: argparse.Namespace) -> PositionsConfig:
    given = {name: getattr(options, name) for name in _SETTINGS}
    given["max_context"] = max(PositionsConfig().max_context, options.min_context)  # not used by a scan
    return parse_section(PositionsConfig, "positions", given)


def _progress_to(sink: EventSink) -> OnProgress:
    """Events at most every half second, and at the end."""
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS or done == total:
            last = now
            sink.emit(Progress(stage="positions", done=done, total=total, unit="positions"))

    return tell

"""`segments --corpus FILE --out DIR`: cut a corpus into segments, check that they rejoin, count them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.cli.common import EventSink, exit_on_sigterm, failures_told, parse_section, split_names
from training.contract.errors import ForesightError
from training.contract.events import Finished
from training.contract.experiment import ExperimentConfig, load_experiment, parse_experiment
from training.contract.segments_report import SegmentsReport, write_segments
from training.contract.settings.segments import SegmentsConfig

if TYPE_CHECKING:
    from training.cli.common import Subparsers

DAMAGED = 3
_SETTINGS = ("splitter", "splitter_model", "min_characters", "max_characters", "boundaries")


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "segments",
        help="cut a corpus into the segments that RLPT predicts",
        description="Writes segments.jsonl (where each document's segments end), segments.index.json and report.json, "
        "and checks that the segments of every document join to it byte for byte. What is given below takes the "
        "place of what --config says.",
    )
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="experiment.yaml")
    parser.add_argument("--corpus", default="", metavar="FILE", help="the corpus")
    parser.add_argument(
        "--text-field", default="", metavar="A", help="the field of a row that holds the text"
    )
    parser.add_argument("--join-fields", default="", metavar="A,B", help="or several, joined by a blank line")
    parser.add_argument("--template", default="", help="or a text with {field}s")
    parser.add_argument(
        "--max-documents", type=int, default=None, metavar="N", help="only the first N; 0: all"
    )
    for name in _SETTINGS:
        field = SegmentsConfig.model_fields[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(field.default),
            default=None,
            help=f"{field.description}".replace("%", "%%"),
        )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the files")
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=segments)


def segments(options: argparse.Namespace) -> int:
    """Write the files and print what was found."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = _config(options)

        from training.models.catalogue import foresight_home, models_root, resolve_model
        from training.segments.report import changed, lines_of, report_of
        from training.segments.run import segment_documents
        from training.stages import Teller, read_all

        tell = Teller(sink.emit)
        asks_policy = config.segments.splitter == "atomic_steps" and not config.segments.splitter_model
        policy = resolve_model(config.model.name, models_root()) if asks_policy else Path()
        with tell.stage("segments") as detail:
            began, home = time.monotonic(), foresight_home()
            documents = read_all(config).documents
            found = segment_documents(
                documents,
                config,
                policy,
                home,
                lambda done, total: tell.progress("segments", done, total, "documents"),
            )
            report = report_of(found, config.segments, time.monotonic() - began)
            wrong = changed(found.cuts)
            write_segments(lines_of(found.cuts, config.segments), report, options.out)
            detail(found.words)
        for sentence in found.warnings:
            tell.log(sentence, "warning")
    if wrong:
        print(f"error: the segments of document {wrong[0]} do not join to its text", file=sys.stderr)
        return DAMAGED
    sink.emit(Finished(steps_done=1, steps_asked=1))
    print(_said(report), *found.warnings, sep="\n")
    return 0


def _config(options: argparse.Namespace) -> ExperimentConfig:
    """The experiment with what the options change. Raises ForesightError that names the setting at fault."""
    if options.config is None:
        if not options.corpus:
            raise ForesightError(
                "There is no corpus to cut.", field="data.corpus", remedy="Give --corpus or --config."
            )
        base = parse_experiment({"method": {"kind": "rlpt"}})
    else:
        base = load_experiment(options.config)
    data: dict[str, Any] = {"corpus": options.corpus} if options.corpus else {}
    data |= {name: value for name in ("text_field", "template") if (value := getattr(options, name))}
    if options.join_fields:
        data["join_fields"] = split_names(options.join_fields)
    if options.max_documents is not None:
        data["max_documents"] = options.max_documents
    own = {name: value for name in _SETTINGS if (value := getattr(options, name)) is not None}
    return base.model_copy(
        update={
            "data": parse_section(type(base.data), "data", {**base.data.model_dump(), **data}),
            "segments": parse_section(SegmentsConfig, "segments", {**base.segments.model_dump(), **own}),
        }
    )


def _said(report: SegmentsReport) -> str:
    def share(count: int) -> str:
        return f"{count} ({count / report.segments:.1%})"

    lines = [
        f"{report.segments} segments of {report.documents} documents; joined, each document is there byte for byte",
        f"{share(report.targets)} may be predicted",
        f"{share(report.edges)} begin or end a document; {share(report.too_short)} are shorter than "
        f"{report.min_characters} characters, {share(report.too_long)} longer than {report.max_characters}",
        f"median {report.median_characters} characters, longest {report.longest_characters}; "
        f"{report.seconds:.1f} s",
    ]
    if report.adjusted:
        lines.append(f"{report.adjusted} documents with boundaries set by a person")
    return "\n".join(lines)

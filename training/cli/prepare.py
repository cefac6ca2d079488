"""`prepare --config prepare.yaml --out DIR`: a corpus without what should not be trained on, and a report."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.cli.common import EventSink, exit_on_sigterm, failures_told, split_names
from training.contract.errors import ForesightError
from training.contract.events import Finished
from training.contract.preparation import (
    STAGES,
    PreparationConfig,
    dump_preparation,
    load_preparation,
    parse_preparation,
)
from training.contract.preparation_report import PreparationReport

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "prepare",
        help="drop near-duplicates, leaks and poor text of a corpus, mask personal data",
        description="Passes a corpus through the stages that are on and writes documents.jsonl, report.json and "
        "dropped.jsonl.zst, which holds every dropped or changed document and why. The corpus stays as it is. "
        "The options below --config take the place of what the file says.",
    )
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="prepare.yaml")
    parser.add_argument("--corpus", default="", metavar="FILE", help="the corpus")
    parser.add_argument(
        "--text-field", default="", metavar="A", help="the field of a row that holds the text"
    )
    parser.add_argument("--join-fields", default="", metavar="A,B", help="or several, joined by a blank line")
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="FILE[:A,B]",
        help="an evaluation set and the fields of its items, by default `problem`; can be given several times",
    )
    parser.add_argument(
        "--without", default="", metavar="STAGES", help=f"stages that are left out: {', '.join(STAGES)}"
    )
    parser.add_argument("--out", type=Path, default=None, metavar="DIR", help="folder for the files")
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.add_argument(
        "--show-config", action="store_true", help="print the settings as a file for --config, and do nothing"
    )
    parser.set_defaults(command=prepare)


def prepare(options: argparse.Namespace) -> int:
    """Write the files and print what each stage did."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = _config(options)
        if options.show_config:
            print(dump_preparation(config), end="")
            return 0
        if options.out is None:
            raise ForesightError("There is no folder for the files.", field="out", remedy="Give --out DIR.")
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

        from training.preparation.run import prepare as run_prepare
        from training.stages import Teller

        report = run_prepare(config, options.out, Teller(sink.emit))
    stages = sum(stage.enabled for stage in report.stages)
    sink.emit(Finished(steps_done=stages, steps_asked=stages))
    for line in _said(report):
        print(line)
    return 0


def _config(options: argparse.Namespace) -> PreparationConfig:
    """The file's settings, and what the other options say instead."""
    config = load_preparation(options.config) if options.config else parse_preparation({})
    data: dict[str, Any] = config.model_dump(mode="json")
    if options.corpus:
        data["data"]["corpus"] = options.corpus
    if options.text_field:
        data["data"]["text_field"] = options.text_field
    if options.join_fields:
        data["data"]["join_fields"] = split_names(options.join_fields)
    if options.against:
        data["decontamination"]["against"] = [_evaluation_set(text) for text in options.against]
    for stage in split_names(options.without):
        if stage not in STAGES:
            raise ForesightError(
                f"There is no stage {stage!r}.",
                field="without",
                remedy=f"The stages are {', '.join(STAGES)}.",
            )
        data[stage]["enabled"] = False
    return parse_preparation(data)


def _evaluation_set(text: str) -> dict[str, Any]:
    """`FILE`, `FILE:field` or `FILE:one,two`."""
    file, _, fields = text.rpartition(":") if ":" in text else (text, "", "")
    names = split_names(fields) or ("problem",)
    return {"file": file, "text_field": names[0], "join_fields": names if len(names) > 1 else ()}


def _said(report: PreparationReport) -> list[str]:
    lines = [f"{report.source.documents} documents of {report.source.corpus}"]
    for stage in report.stages:
        title = STAGES[stage.stage]
        if not stage.enabled:
            lines.append(f"{title}: off")
            continue
        lines.append(
            f"{title}: {stage.dropped} dropped, {stage.changed} changed, {stage.after} left; {stage.seconds:.1f} s"
        )
        for rule in stage.rules:
            if rule.documents:
                found = f", {rule.found} places" if rule.found else ""
                lines.append(f"  {rule.title} ({rule.limit}): {rule.documents}{found}")
        for one in stage.sets:
            lines.append(
                f"  {one.name}: {one.leaked_items} of {one.items} items leaked, into {one.documents} documents"
            )
        lines += [f"  {note}" for note in stage.notes]
    return [*lines, f"{report.documents} documents left, {report.characters} characters"]

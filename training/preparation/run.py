"""Prepares a corpus: reads it, passes it through the stages that are on, writes what came out and why.

The source is only read. A stage is given what the one before it passed on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.contract.corpus_report import CorpusReport
from training.contract.preparation import PreparationConfig
from training.contract.preparation_report import (
    REPORT_FILE,
    PreparationReport,
    SourceReport,
    StageReport,
)
from training.corpus.reader import read_corpus
from training.preparation.evaluation_sets import read_set
from training.preparation.files import DroppedFile, dropped_file, write_documents, write_text
from training.preparation.registry import STAGES, Work
from training.preparation.tally import Tally
from training.records import Document
from training.stages import Teller


def prepare(config: PreparationConfig, out: Path, tell: Teller) -> PreparationReport:
    """Write documents.jsonl, dropped.jsonl.zst and, last, report.json into the folder `out`.

    Raises ForesightError: the corpus or an evaluation set cannot be read, or the quality model not asked.
    """
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT_FILE).unlink(missing_ok=True)
    against = config.decontamination
    sets = tuple(read_set(one) for one in against.against) if against.enabled else ()
    with tell.stage("documents") as detail:
        read = read_corpus(config.data)
        detail(f"{len(read.documents)} documents")
    documents: Sequence[Document] = read.documents
    reports: list[StageReport] = []
    with dropped_file(out) as dropped:
        for stage in STAGES:
            report = StageReport(stage=stage, enabled=False, before=len(documents), after=len(documents))
            if getattr(config, stage).enabled:
                documents, report = _run(stage, documents, Work(config, sets, out), dropped, tell)
            reports.append(report)
    settings = _named(config)
    whole = PreparationReport(
        source=_source(config, read.report),
        settings=settings,
        settings_sha256=hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest(),
        stages=tuple(reports),
        documents=len(documents),
        characters=sum(len(document.text) for document in documents),
        sha256=write_documents(documents, out),
        seconds=round(time.monotonic() - began, 3),
    )
    write_text(out / REPORT_FILE, whole.model_dump_json(indent=1))
    return whole


def _run(
    stage: str, documents: Sequence[Document], work: Work, dropped: DroppedFile, tell: Teller
) -> tuple[list[Document], StageReport]:
    """One stage: what it passes on, and its report."""
    began, tally, passed = time.monotonic(), Tally(), []
    with tell.stage(stage) as detail:  # type: ignore[arg-type]  # the registry's names are stages of events
        run = STAGES[stage](_counted(stage, documents, tell), work)
        for finding in run.findings:
            tally.add(finding)
            if finding.reasons:
                dropped.add(stage, finding)
            if finding.text is not None:
                passed.append(replace(finding.document, text=finding.text))
            elif not finding.dropped:
                passed.append(finding.document)
        detail(f"{tally.dropped} dropped, {tally.changed} changed, {len(passed)} left")
    return passed, tally.report(stage, run, time.monotonic() - began)


def _counted(stage: str, documents: Sequence[Document], tell: Teller) -> Iterator[Document]:
    """The documents, telling how many the stage has taken."""
    for done, document in enumerate(documents, start=1):
        yield document
        tell.progress(stage, done, len(documents), "documents")  # type: ignore[arg-type]


def _source(config: PreparationConfig, report: CorpusReport) -> SourceReport:
    return SourceReport(
        corpus=Path(config.data.corpus).name,
        sha256=report.sha256,
        documents=report.documents,
        characters=report.characters,
        duplicates=report.duplicates,
        empty=report.empty,
    )


def _named(config: PreparationConfig) -> dict[str, Any]:
    """The settings with files by their names: hashes say which they were, and a path says where somebody lives."""
    settings = config.model_dump(mode="json")
    for place, key in (
        (settings["data"], "corpus"),
        *((one, "file") for one in settings["decontamination"]["against"]),
    ):
        place[key] = Path(place[key]).name
    return settings

"""How many positions a run would train on, as a finished scan of its corpus tells before the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from training.contract.experiment import ExperimentConfig
from training.contract.selection import in_words
from training.contract.split import held_out_places
from webapp.corpora.models import Corpus, Scan
from webapp.corpora.positions import kept


@dataclass(frozen=True, slots=True)
class Kept:
    """What the selection keeps of the documents that the run trains on."""

    scan: Scan
    positions: int  # kept
    of: int  # all scored
    words: str  # the selection, as a sentence begins: "At 0.5 nats"
    first: int  # the run reads only so many documents of the corpus; 0: all
    held_out: int  # of them
    trained: int  # documents the run trains on
    covered: int  # of them, those that the scan has: what is counted here
    whole: bool  # the scan is of these documents and no other, so that the run does not score them again

    @property
    def where(self) -> str:
        """Of which documents, to stand behind "positions"; "" for all of the corpus."""
        if self.covered < self.trained:
            return ngettext(
                " of the %(number)s document that it covers",
                " of the %(number)s documents that it covers",
                self.covered,
            ) % {"number": f"{self.covered:,}"}
        if self.first and self.held_out:
            return _(" of the first %(first)s documents without the %(held)s held out") % {
                "first": f"{self.first:,}", "held": f"{self.held_out:,}",
            }  # fmt: skip
        if self.first:
            return ngettext(
                " of the first document", " of the first %(first)s documents", self.first
            ) % {"first": f"{self.first:,}"}  # fmt: skip
        return _(" of the documents that are not held out") if self.held_out else ""


def kept_by(config: ExperimentConfig, corpus: Corpus) -> Kept | None:
    """By the latest finished scan made as the config asks, one that covers its documents first; None without one."""
    found = [_kept(config, corpus, scan) for scan in corpus.scans.finished() if _fits(config, scan)]
    return max(found, key=lambda one: one.covered, default=None)


def _fits(config: ExperimentConfig, scan: Scan) -> bool:
    wanted = config.positions
    same = scan.model == config.proxy and scan.settings["entropy"] == wanted.entropy
    return same and scan.settings["top_k"] == wanted.top_k and Path(scan.positions_file).exists()


def _kept(config: ExperimentConfig, corpus: Corpus, scan: Scan) -> Kept:
    per_document = {int(index): rows for index, rows in scan.summary["positions_per_document"].items()}
    scanned = {*per_document, *(int(index) for index in scan.summary["skipped_documents"])}
    report = corpus.typed_report
    there = report.documents if report else len(scanned)
    read = min(there, config.data.max_documents or there)
    held_out = config.data.held_out_documents if config.data.held_out_documents < read else 0
    wanted = frozenset(range(read)) - held_out_places(read, held_out, config.seed)
    used = frozenset(wanted & scanned)
    return Kept(
        scan,
        kept(Path(scan.positions_file), config.positions, used),
        sum(per_document.get(document, 0) for document in used),
        in_words(config.positions),
        first=read if read < there else 0,
        held_out=held_out,
        trained=len(wanted),
        covered=len(used),
        whole=wanted == scanned,
    )

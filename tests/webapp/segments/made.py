"""A made cut for tests: a ready corpus of one document and the files that the `segments` command leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.webapp.corpora.made_scan import made_corpus
from training.contract.boundaries_file import text_sha256
from training.contract.segments_report import DocumentSegments, SegmentsReport, write_segments
from webapp.corpora.models import Corpus
from webapp.jobs.models import State
from webapp.jobs.services.create import create_job, job_folder
from webapp.segments.models import Segmentation

SEGMENTS = (
    "Größe eins ist da. ",
    "Zwei folgt ihr nach.\r\n\r\n",
    "So. ",
    "Vier <b>ist</b> die Zahl. ",
    "Ende.",
)
TEXT = "".join(SEGMENTS)
ENDS = tuple(len("".join(SEGMENTS[: place + 1]).encode()) for place in range(len(SEGMENTS)))
REPORT = SegmentsReport(
    documents=1,
    segments=5,
    targets=2,
    edges=2,
    too_short=1,
    too_long=0,
    min_characters=12,
    max_characters=1200,
    median_characters=18,
    longest_characters=25,
    histogram=(2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    seconds=0.5,
)


def cut_corpus(home: Path, owner: Any, text: str = TEXT, name: str = "numbers") -> Corpus:
    """A ready corpus that was cut."""
    corpus = made_corpus(home, owner, text, name)
    made_segmentation(corpus)
    return corpus


def made_segmentation(corpus: Corpus, text: str = TEXT, ends: tuple[int, ...] = ENDS) -> Segmentation:
    job = create_job("segments", corpus.owner, "segments/{job}", [])
    job.state = State.SUCCEEDED
    job.save()
    segmentation: Segmentation = Segmentation.objects.create(
        corpus=corpus,
        job=job,
        settings={"splitter": "sentences", "min_characters": 12, "max_characters": 1200},
        report=REPORT.model_dump(mode="json"),
    )
    write_made_segments(job_folder(job), text, ends)
    return segmentation


def write_made_segments(folder: Path, text: str = TEXT, ends: tuple[int, ...] = ENDS) -> None:
    document = DocumentSegments(document=0, sha256=text_sha256(text), ends=ends, targets=2)
    write_segments([document], REPORT, folder)

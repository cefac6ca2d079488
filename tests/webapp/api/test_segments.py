"""Segments of a corpus over the API: cut it, its counts, a document's segments, boundaries joined, split and reset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.segments.made import ENDS, REPORT, SEGMENTS, TEXT, cut_corpus
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job
from webapp.segments.models import Adjustment, Segmentation

DOCUMENT = "/segments/documents/0"


@pytest.fixture
def corpus(program: Program, user: Any, home: Path) -> Corpus:
    return cut_corpus(home, user)


def ends(document: Any) -> list[int]:
    return [one["end"] for one in document["segments"]]


def test_corpus_is_cut_followed_and_cancelled(program: Program, user: Any, home: Path) -> None:
    path = f"/corpora/{made_corpus(home, user, TEXT).pk}/segments"
    nothing = program.get(path).json()
    assert (nothing["latest"], nothing["report"], nothing["adjusted"]) == (None, None, 0)
    answer = program.post(path, {"min_characters": 3})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["settings"]["splitter"], made["settings"]["min_characters"]) == ("sentences", 3)
    assert (made["job"]["state"], made["finished"]) == ("queued", False)
    Segmentation.objects.update(done=1, total=4)
    latest = program.get(path).json()["latest"]
    assert latest == made | {"progress": {"done": 1, "total": 4, "unit": "documents"}}
    assert program.post(f"{path}/cancel").json()["changed"] is True
    assert program.get(path).json()["latest"]["job"]["state"] == "cancelled"
    assert program.post(f"{path}/cancel").json()["changed"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"splitter": "words"}, "splitter"),
        ({"splitter": "atomic_steps"}, "splitter_model"),
        ({"splitter": "atomic_steps", "splitter_model": "nowhere"}, "splitter_model"),
        ({"min_characters": 0}, "min_characters"),
        ({"min_characters": 10, "max_characters": 9}, "min_characters"),
    ],
)
def test_cut_with_a_mistake_names_its_field(
    program: Program, user: Any, home: Path, body: dict[str, Any], field: str
) -> None:
    answer = program.post(f"/corpora/{made_corpus(home, user).pk}/segments", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Job.objects.exists()


def test_counts_are_those_of_the_finished_cut(program: Program, corpus: Corpus) -> None:
    finished = Segmentation.objects.get().pk
    program.post(f"/corpora/{corpus.pk}/segments", {})
    found = program.get(f"/corpora/{corpus.pk}/segments").json()
    assert found["latest"]["id"] != finished
    assert (found["shown"], found["report"]) == (finished, REPORT.model_dump(mode="json"))
    assert len(found["report"]["histogram"]) == len(found["edges"]) + 1


def test_document_shows_its_segments(program: Program, corpus: Corpus) -> None:
    found = program.get(f"/corpora/{corpus.pk}{DOCUMENT}").json()
    assert (found["name"], found["revision"], found["changes"]) == ("made.txt", 0, 0)
    assert tuple(one["text"] for one in found["segments"]) == SEGMENTS
    assert ends(found) == list(ENDS)
    assert [one["characters"] for one in found["segments"]] == [18, 20, 3, 25, 5]
    assert [one["why_not"] for one in found["segments"]] == ["first", "", "short", "", "last"]


def test_boundaries_are_joined_split_undone_and_reset(program: Program, corpus: Corpus) -> None:
    path = f"/corpora/{corpus.pk}{DOCUMENT}"
    joined = program.post(f"{path}/join", {"revision": 0, "segment": 1}).json()
    assert (ends(joined), joined["changes"]) == ([ENDS[0], *ENDS[2:]], 1)
    body = {"revision": joined["revision"], "segment": 0, "characters": 6}
    split = program.post(f"{path}/split", body).json()
    assert (ends(split), split["changes"]) == ([8, ENDS[0], *ENDS[2:]], 2)  # six characters are eight bytes
    assert program.post(f"{path}/undo", {"revision": split["revision"]}).json() == joined
    assert program.get(path).json() == joined
    reset = program.post(f"{path}/reset").json()
    assert (ends(reset), reset["revision"], reset["changes"]) == (list(ENDS), 0, 0)
    assert not Adjustment.objects.exists()


def test_documents_are_listed_with_their_segments(program: Program, corpus: Corpus) -> None:
    path = f"/corpora/{corpus.pk}/segments/documents"
    row = {"index": 0, "name": "made.txt", "segments": 5, "targets": 2, "adjusted": False}
    assert program.get(path).json() == {"items": [row], "page": 1, "pages": 1, "total": 1}
    assert program.get(path, page=2).json()["items"] == []
    assert program.get(path, adjusted=True).json()["items"] == []
    program.post(f"{path}/0/join", {"revision": 0, "segment": 1})
    assert program.get(path, adjusted=True).json()["items"] == [row | {"adjusted": True}]
    assert program.get(f"/corpora/{corpus.pk}/segments").json()["adjusted"] == 1


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("join", {"revision": 0, "segment": 4}, "segment"),
        ("split", {"revision": 0, "segment": 9, "characters": 1}, "segment"),
        ("split", {"revision": 0, "segment": 2, "characters": 3}, "characters"),
        ("join", {"revision": 77, "segment": 1}, "revision"),
        ("undo", {"revision": 77}, "revision"),
        ("join", {"segment": 1}, "revision"),
    ],
)
def test_change_that_cannot_be_made_names_its_field(
    program: Program, corpus: Corpus, verb: str, body: dict[str, Any], field: str
) -> None:
    answer = program.post(f"/corpora/{corpus.pk}{DOCUMENT}/{verb}", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Adjustment.objects.exists()


def test_segments_that_are_not_there_are_said_to_be_missing(
    program: Program, corpus: Corpus, user: Any, home: Path
) -> None:
    whole = made_corpus(home, user, TEXT, "whole")
    for path in (f"/corpora/{whole.pk}{DOCUMENT}", f"/corpora/{whole.pk}/segments/documents"):
        answer = program.get(path)
        assert (answer.status_code, answer.json()["error"]) == (
            404,
            "The corpus is not cut into segments yet.",
        )
    answer = program.get(f"/corpora/{corpus.pk}/segments/documents/7")
    assert (answer.status_code, answer.json()["error"]) == (404, "The corpus has no document 7.")


def test_corpus_that_changed_since_it_was_cut_is_a_conflict(program: Program, user: Any, home: Path) -> None:
    path = f"/corpora/{cut_corpus(home, user, TEXT + '!').pk}{DOCUMENT}"
    assert program.get(path).status_code == 409
    answer = program.post(f"{path}/join", {"revision": 0, "segment": 1})
    assert (answer.status_code, answer.json()["remedy"]) == (409, "Cut it into segments again.")

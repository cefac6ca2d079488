"""Segments of a corpus on its pages: counts, one document, changes and how they are taken back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.segments.made import ENDS, REPORT, SEGMENTS, TEXT, cut_corpus, write_made_segments
from training.contract.boundaries_file import text_sha256
from training.contract.events import Envelope, Finished, Progress
from training.contract.settings.segments import SegmentsConfig
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.segments.cuts import adjusted_texts
from webapp.segments.models import Adjustment, Segmentation
from webapp.segments.projection import project, snapshot
from webapp.segments.services.start import start_segmentation


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def change(client: Client, corpus: Corpus, **data: object) -> str:
    """What comes back after a change made with htmx."""
    address = f"/corpora/{corpus.pk}/segments/0/change/"
    answer = client.post(address, data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def revision() -> int:
    last = Adjustment.objects.last()
    return last.pk if last else 0


def ends_now(corpus: Corpus) -> tuple[int, ...]:
    return adjusted_texts(corpus).get(text_sha256(TEXT), ENDS)


def test_start_queues_the_segments_command(home: Path, user: Any) -> None:
    corpus = made_corpus(home, user)
    found = start_segmentation(corpus, SegmentsConfig(min_characters=3))
    assert (found.job.kind, found.job.folder) == ("segments", f"segments/{found.job.pk}")
    said = dict(zip(found.job.arguments[1::2], found.job.arguments[2::2], strict=True))
    assert said["--corpus"] == corpus.training_source
    assert (said["--min-characters"], said["--splitter"], said["--out"]) == ("3", "sentences", "{folder}")
    assert "--splitter-model" not in said


def test_form_with_error_keeps_what_was_typed(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    typed = {
        "splitter": "atomic_steps",
        "splitter_model": "nowhere",
        "min_characters": "5",
        "max_characters": "9",
    }
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/segments/start/", typed)
    assert answer.status_code == 422
    assert "There is no model" in answer.content.decode()
    assert 'value="nowhere"' in answer.content.decode()
    typed |= {"splitter": "sentences", "min_characters": "10"}
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/segments/start/", typed)
    assert "max_characters (9) is below min_characters (10)" in answer.content.decode()
    assert Job.objects.count() == 0
    typed |= {"max_characters": "50"}
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/segments/start/", typed)
    assert answer.status_code == 302
    assert Segmentation.objects.get().settings["max_characters"] == 50


def test_events_of_the_job_fill_its_row(home: Path, user: Any) -> None:
    found = start_segmentation(made_corpus(home, user, TEXT), SegmentsConfig())
    progress = Progress(stage="segments", done=1, total=4, unit="documents")
    project(found.job, 1, [Envelope(seq=1, time=1.0, event=progress)])
    assert snapshot(found.job) == {"segmentation": found.pk, "done": 1, "total": 4, "finished": False}
    write_made_segments(job_folder(found.job))
    project(found.job, 1, [Envelope(seq=2, time=2.0, event=Finished(steps_done=1, steps_asked=1))])
    found.refresh_from_db()
    assert found.typed_report == REPORT


def test_page_tells_not_cut_from_running_and_finished(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user, TEXT)
    address = f"/corpora/{corpus.pk}/segments/"
    assert "Not cut yet" in page_of(client_signed_in, address)
    found = start_segmentation(corpus, SegmentsConfig())
    assert "Waits until the machine is free" in page_of(client_signed_in, address)
    polled = client_signed_in.get(address, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in polled.headers
    found.job.state = "cancelled"
    found.job.save()
    assert "stopped before it was finished" in page_of(client_signed_in, address)
    assert client_signed_in.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_page_of_a_cut_corpus_shows_counts_and_documents(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = cut_corpus(home, user)
    page = words(page_of(client_signed_in, f"/corpora/{corpus.pk}/segments/"))
    assert "Segments 5 May be predicted 2" in page
    assert "Shorter than 12 characters 1 20.0 %" in page
    assert "up to 12 2 13 to 25 3 26 to 50 0" in page
    assert "0 made.txt 5 2" in page
    assert "adjusted" not in page.replace("Boundaries you adjusted", "")


def test_document_shows_its_segments_and_why_some_are_never_predicted(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = cut_corpus(home, user)
    page = page_of(client_signed_in, f"/corpora/{corpus.pk}/segments/0/")
    assert re.findall(r'<li class="segment"(?: data-why="(\w+)")?', page) == [
        "first",
        "",
        "short",
        "",
        "last",
    ]
    assert "Vier &lt;b&gt;ist&lt;/b&gt; die Zahl.</div>" in page  # never markup
    assert "20 " in words(page)
    assert "5 segments, 2 may be predicted" in words(page)
    assert page.count('name="join"') == 4


def test_join_split_undo_and_reset_change_the_boundaries(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = cut_corpus(home, user)
    page = change(client_signed_in, corpus, join="1", revision="0")
    assert ends_now(corpus) == (ENDS[0], *ENDS[2:])
    assert "4 segments, 2 may be predicted · 1 change of yours" in words(page)
    page = change(client_signed_in, corpus, split="0:6", revision=revision())
    assert ends_now(corpus) == (len("Größe ".encode()), ENDS[0], *ENDS[2:])
    assert "2 changes of yours" in words(page)
    change(client_signed_in, corpus, undo="1", revision=revision())
    assert ends_now(corpus) == (ENDS[0], *ENDS[2:])
    page = change(client_signed_in, corpus, reset="1", revision=revision())
    assert ends_now(corpus) == ENDS
    assert "of yours" not in words(page)
    assert Adjustment.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"join": "4"}, "There is no such segment."),
        ({"join": "x"}, "There is no such segment."),
        ({"split": "9:1"}, "There is no such segment."),
        ({"split": "2:0"}, "Both parts of a segment must hold some text."),
        ({"split": "2:3"}, "Both parts of a segment must hold some text."),
        ({"join": "1", "revision": "77"}, "The boundaries were changed elsewhere meanwhile."),
        ({"undo": "1", "revision": "77"}, "The boundaries were changed elsewhere meanwhile."),
    ],
)
def test_change_that_cannot_be_made_says_why_and_changes_nothing(
    home: Path, user: Any, client_signed_in: Client, data: dict[str, str], said: str
) -> None:
    corpus = cut_corpus(home, user)
    assert said in change(client_signed_in, corpus, **{"revision": "0", **data})
    assert Adjustment.objects.count() == 0


def test_split_counts_characters_as_the_text_has_them(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    """CR LF inside a segment are two characters in the browser too: `&#13;` keeps the first."""
    corpus = cut_corpus(home, user)
    change(client_signed_in, corpus, join="1", revision="0")
    page = page_of(client_signed_in, f"/corpora/{corpus.pk}/segments/0/")
    assert "nach.&#13;\n&#13;\nSo.</div>" in page
    place = len(SEGMENTS[1])  # before `So.`
    change(client_signed_in, corpus, split=f"1:{place}", revision=revision())
    assert ends_now(corpus) == ENDS


def test_changes_without_a_script_lead_back_to_the_page(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = cut_corpus(home, user)
    answer = client_signed_in.post(
        f"/corpora/{corpus.pk}/segments/0/change/", {"join": "0", "revision": "0", "page": "1"}
    )
    assert answer.headers["Location"] == f"/corpora/{corpus.pk}/segments/0/?page=1"
    assert "adjusted" in words(page_of(client_signed_in, f"/corpora/{corpus.pk}/segments/?adjusted=1"))


def test_document_that_changed_since_it_was_cut_is_said_so(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = cut_corpus(home, user)
    row = {"index": 0, "name": "made.txt", "text": "Another text."}
    (home / corpus.folder / "documents.jsonl").write_text(json.dumps(row) + "\n")
    page = page_of(client_signed_in, f"/corpora/{corpus.pk}/segments/0/")
    assert "has changed since the corpus was cut" in page
    assert "segment-list" not in page


def test_segments_of_another_user_do_not_exist(home: Path, other_user: Any, client_signed_in: Client) -> None:
    corpus = cut_corpus(home, other_user)
    for address in ("", "0/"):
        assert client_signed_in.get(f"/corpora/{corpus.pk}/segments/{address}").status_code == 404
    for address in ("start/", "cancel/", "0/change/"):
        assert client_signed_in.post(f"/corpora/{corpus.pk}/segments/{address}").status_code == 404
    assert client_signed_in.get(f"/corpora/{corpus.pk}/segments/7/").status_code == 404


def test_corpus_of_other_text_forgets_its_cut(home: Path, user: Any) -> None:
    from webapp.corpora.services.remap import remap

    corpus = cut_corpus(home, user)
    folder = job_folder(corpus.segmentations.get().job)
    remap(corpus, "other", [])
    assert not Segmentation.objects.exists()
    assert not folder.exists()

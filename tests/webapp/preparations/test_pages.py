"""What a preparation's page says, the corpus that came of it, and its files."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.utils.translation import override

from tests.training.preparation.planted import GOES, TEXTS, index_of, write_corpus, write_set
from tests.webapp.preparations.made import draft_of, prepared, uploaded
from training.contract.events import Envelope, Event, Progress, StageChanged
from training.contract.preparation_report import Excerpt
from webapp.corpora.documents import list_documents, read_document
from webapp.corpora.models import Corpus
from webapp.corpora.services.check import check_corpus
from webapp.corpora.services.delete import delete_corpus
from webapp.jobs.models import Job, State
from webapp.preparations.models import Preparation
from webapp.preparations.page import Part, shown
from webapp.preparations.projection import project, snapshot
from webapp.preparations.services.start import start_preparation


@pytest.fixture
def corpus(home: Path, tmp_path: Path, user: Any) -> Corpus:
    return uploaded(user, write_corpus(tmp_path))


@pytest.fixture
def done(corpus: Corpus, tmp_path: Path) -> Preparation:
    return prepared(corpus, uploaded(corpus.owner, write_set(tmp_path), "problem"))


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def downloaded(user: Any, address: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body, as the server streams it."""
    client = AsyncClient()
    client.force_login(user)

    async def call() -> tuple[int, bytes]:
        response: Any = await client.get(address, headers=headers or {})
        return response.status_code, b"".join([chunk async for chunk in response])

    return async_to_sync(call)()


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_new_corpus_is_there_checked_and_usable(done: Preparation, corpus: Corpus) -> None:
    made = done.result
    assert made is not None
    assert (made.name, made.owner, made.original_name) == (
        "planted prepared",
        corpus.owner,
        "planted_prepared.jsonl",
    )
    check_corpus(made.pk)
    made.refresh_from_db()
    assert (made.state, made.report["documents"]) == (Corpus.State.READY, 4)
    texts = [read_document(made, one.index) for one in list_documents(made)]
    assert [text.text for text in texts if text][2] == (
        "Questions about the olympiad go to [EMAIL] or to the phone number [PHONE]."
    )
    assert made.training_source == made.file.path
    assert Path(made.file.path).samefile(done.folder_path / "documents.jsonl")
    assert done.summary == {"before": 8, "dropped": 4, "changed": 2, "after": 4}


def test_page_shows_the_funnel_and_why(done: Preparation, client_signed_in: Client) -> None:
    page = page_of(client_signed_in, f"/preparations/{done.pk}/")
    said = words(page)
    assert "Documents before 8 Dropped 4 Changed 2 Documents left 4" in said
    funnel = [words(row) for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)[2:7]]
    assert [re.sub(r" [\d.]+ m?s$", "", row) for row in funnel] == [
        "Near-duplicates 8 1 0 7 87.5 %",
        "Personal data 7 0 2 7 87.5 %",
        "Decontamination 7 1 0 6 75.0 %",
        "Quality rules 6 2 0 4 50.0 %",
        "Quality by a model off 4 – – 4 50.0 % –",
    ]
    assert "Jaccard 0.965 to document 1, which stays." in said
    assert "test 2 1 1 0 1 1" in said  # items, by words, as a whole, too short, leaked, documents
    assert "E-mail addresses [EMAIL] 1 1" in said
    assert "<mark>ada@example.org</mark>" in page
    assert "<mark>end.</mark>" in page and "<mark>step59.</mark>" in page
    assert "$<mark>␌</mark>rac{1}{2}$" in page  # a form feed that can be seen
    link = f'href="/corpora/{done.corpus_id}/documents/{index_of("broken")}/"'
    assert link in page


def test_text_of_a_document_is_never_markup(
    home: Path, tmp_path: Path, user: Any, client_signed_in: Client
) -> None:
    path = tmp_path / "evil.jsonl"
    path.write_text(json.dumps({"text": "<script>alert(1)</script> a@b.org"}) + "\n", encoding="utf-8")
    page = page_of(client_signed_in, f"/preparations/{prepared(uploaded(user, path)).pk}/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>a@b.org</mark>" in page


def test_excerpts_are_cut_at_their_marks() -> None:
    made = shown(Excerpt(text="ab\x0ccd", start=3, whole=9, marks=((1, 2), (4, 5))))
    assert made.parts == (Part("a", False), Part("b", True), Part("␌c", False), Part("d", True))
    assert (made.before, made.after) == (True, True)


def test_lineage_stands_on_both_corpora_and_outlives_the_source(
    done: Preparation, corpus: Corpus, client_signed_in: Client
) -> None:
    assert done.result is not None
    check_corpus(done.result.pk)
    new = words(page_of(client_signed_in, f"/corpora/{done.result.pk}/"))
    assert "Prepared from planted : 4 of 8 documents left, 2 changed." in new
    assert "Preparation 1 Finished" in words(page_of(client_signed_in, f"/corpora/{corpus.pk}/")).replace(
        f"Preparation {done.pk}", "Preparation 1"
    )
    delete_corpus(corpus)
    done.refresh_from_db()
    assert done.corpus is None
    assert "Prepared from planted (removed since)" in words(
        page_of(client_signed_in, f"/corpora/{done.result.pk}/")
    )
    assert "Source planted removed sha256" in words(page_of(client_signed_in, f"/preparations/{done.pk}/"))


def test_progress_and_finished_stages_are_told_while_it_runs(corpus: Corpus) -> None:
    preparation = start_preparation(corpus.owner, draft_of(corpus, personal_data__enabled="false"))
    events: list[Event] = [
        StageChanged(stage="documents", status="started"),
        StageChanged(stage="documents", status="finished", detail="8 documents"),
        StageChanged(stage="near_duplicates", status="started"),
        StageChanged(stage="near_duplicates", status="finished", detail="1 dropped, 0 changed, 7 left"),
        StageChanged(stage="decontamination", status="started"),
        Progress(stage="decontamination", done=3, total=7, unit="documents"),
    ]
    project(preparation.job, 1, [Envelope(seq=n, time=1.0, event=e) for n, e in enumerate(events, start=1)])
    said = snapshot(preparation.job)
    assert said is not None
    assert (said["stage"], said["done"], said["total"], said["finished"]) == ("Decontamination", 3, 7, False)
    assert [(one["state"], one["words"]) for one in said["stages"]] == [
        ("done", "1 dropped, 0 changed, 7 left"),
        ("off", ""),
        ("running", ""),
        ("waiting", ""),
        ("off", ""),
    ]
    with override("zh-hans"):
        said = snapshot(preparation.job)
    assert said is not None and said["stages"][0]["words"] == "去掉 1 个，修改 0 个，剩下 7 个"
    again = [Envelope(seq=1, time=2.0, event=StageChanged(stage="documents", status="started"))]
    project(preparation.job, 2, again)
    said = snapshot(preparation.job)
    assert said is not None and said["stages"][0]["state"] == "waiting"


def test_nothing_left_stopped_failed_and_unreadable_are_four_messages(
    home: Path, tmp_path: Path, corpus: Corpus, client_signed_in: Client
) -> None:
    path = tmp_path / "short.txt"
    path.write_text("Too short.", encoding="utf-8")
    empty = prepared(uploaded(corpus.owner, path))
    assert empty.result is None
    assert "Nothing is left." in words(page_of(client_signed_in, f"/preparations/{empty.pk}/"))
    stopped = start_preparation(corpus.owner, draft_of(corpus))
    Job.objects.filter(pk=stopped.job_id).update(state=State.CANCELLED)
    assert "Nothing was made" in page_of(client_signed_in, f"/preparations/{stopped.pk}/")
    Job.objects.filter(pk=stopped.job_id).update(
        state=State.FAILED, error={"message": "The endpoint is down.", "remedy": "Start it."}
    )
    assert "The endpoint is down. Start it." in words(
        page_of(client_signed_in, f"/preparations/{stopped.pk}/")
    )
    (empty.folder_path / "report.json").write_text("{}", encoding="utf-8")
    assert "The report of this preparation cannot be read." in page_of(
        client_signed_in, f"/preparations/{empty.pk}/"
    )


def test_files_are_sent_whole_in_part_and_no_others(done: Preparation, client_signed_in: Client) -> None:
    address = f"/preparations/{done.pk}/files/"
    _, body = downloaded(done.owner, f"{address}documents.jsonl")
    rows = [json.loads(line) for line in body.splitlines()]
    assert [row["index"] for row in rows] == [index_of(name) for name in TEXTS if name not in GOES]
    part = downloaded(done.owner, f"{address}documents.jsonl", {"Range": "bytes=5-9"})
    assert part == (206, body[5:10])
    assert downloaded(done.owner, f"{address}dropped.jsonl.zst")[0] == 200
    for name in ("prepare.yaml", "..%2Fprepare.yaml", "events.1.jsonl"):
        assert client_signed_in.get(f"{address}{name}").status_code == 404
    page = page_of(client_signed_in, f"/preparations/{done.pk}/")
    assert f'href="/preparations/{done.pk}/files/dropped.jsonl.zst"' in page


def test_list_has_own_preparations_and_another_users_do_not_exist(
    home: Path, tmp_path: Path, other_user: Any, client_signed_in: Client
) -> None:
    assert "No preparations yet" in page_of(client_signed_in, "/preparations/")
    theirs = prepared(uploaded(other_user, write_corpus(tmp_path)))
    assert "No preparations yet" in page_of(client_signed_in, "/preparations/")
    for address in ("", "files/report.json"):
        assert client_signed_in.get(f"/preparations/{theirs.pk}/{address}").status_code == 404
    assert client_signed_in.post(f"/preparations/{theirs.pk}/cancel/").status_code == 404


def test_cancel_asks_the_job_to_end(corpus: Corpus, client_signed_in: Client) -> None:
    preparation = start_preparation(corpus.owner, draft_of(corpus))
    assert "Waits until the machine is free" in page_of(client_signed_in, f"/preparations/{preparation.pk}/")
    answer = client_signed_in.post(f"/preparations/{preparation.pk}/cancel/")
    assert answer["Location"] == f"/preparations/{preparation.pk}/"
    assert Job.objects.get(pk=preparation.job_id).state == State.CANCELLED

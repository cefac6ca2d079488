"""The check: a real reading of the file by the training command, and the page that shows its finding."""

from __future__ import annotations

import gzip
import html
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from webapp.corpora.models import Corpus
from webapp.corpora.services.check import check_corpus, error_parts
from webapp.corpora.services.sample import ensure_sample
from webapp.corpora.services.upload import add_corpus


@pytest.fixture(autouse=True)
def uploads(home: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = home / "uploads"


def checked(user: Any, name: str, data: bytes, **fields: Any) -> Corpus:
    corpus = add_corpus(user, SimpleUploadedFile(name, data), **fields)
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    return corpus


def test_check_markdown_reports_documents_and_characters(user: Any) -> None:
    corpus = checked(user, "a.md", "# Café".encode())
    report = corpus.typed_report
    assert corpus.state == "ready" and report is not None
    assert (report.format, report.documents, report.characters, report.bytes) == ("md", 1, 6, 7)


def test_check_jsonl_counts_duplicates_and_lists_documents(user: Any, client_signed_in: Client) -> None:
    rows = b'{"text": "alpha"}\n{"text": "beta"}\n{"text": "alpha"}\n'
    corpus = checked(user, "a.jsonl", rows)
    page = client_signed_in.get(f"/corpora/{corpus.pk}/").content.decode()
    assert corpus.report["documents"] == 2
    assert "1 exact duplicate was left out." in page
    assert "beta" in page
    assert "beta" not in client_signed_in.get(f"/corpora/{corpus.pk}/?q=alph").content.decode()


def test_check_broken_json_names_line_17(user: Any, client_signed_in: Client) -> None:
    rows = b'{"text": "fine"}\n' * 16 + b"{broken\n"
    corpus = checked(user, "a.jsonl", rows)
    page = client_signed_in.get(f"/corpora/{corpus.pk}/").content.decode()
    assert corpus.state == "invalid"
    assert corpus.error["message"].startswith("a.jsonl, line 17: not valid JSON (")
    assert corpus.error["remedy"] == "Write one JSON object on each line."
    assert "a.jsonl, line 17: not valid JSON" in page
    assert "Upload another file" in page


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"ab\0c", "a.txt is not a text file: byte 2 is NUL."),
        ("a.txt", b"ab\xff", "a.txt is not UTF-8: byte 2 cannot be read."),
        ("a.txt", b"  \n ", "a.txt is empty."),
    ],
)
def test_check_unreadable_text_says_why(user: Any, name: str, data: bytes, message: str) -> None:
    corpus = checked(user, name, data)
    assert (corpus.state, corpus.error["message"]) == ("invalid", message)


def test_page_names_its_own_fields_where_training_names_settings(user: Any, client_signed_in: Client) -> None:
    corpus = checked(user, "a.jsonl", b'{"problem": "1+1?", "solution": "2"}\n')
    page = html.unescape(client_signed_in.get(f"/corpora/{corpus.pk}/").content.decode())
    assert (
        "Name a field that every row has, in “Text field”, “Or several fields, joined” or “Or a template”."
        in page
    )
    assert "data.text_field" not in page
    assert "data.text_field" in corpus.error["remedy"]  # as programs are told


def test_page_says_in_chinese_why_a_corpus_is_refused(user: Any, client_signed_in: Client) -> None:
    corpus = checked(user, "a.jsonl", b'{"problem": "1+1?"}\n')
    client_signed_in.post("/language/", {"language": "zh-hans"})
    page = html.unescape(client_signed_in.get(f"/corpora/{corpus.pk}/").content.decode())
    assert "没有字段 'text'" in page and "请在“文本字段”" in page


def test_check_missing_field_is_mended_by_other_fields(user: Any, client_signed_in: Client) -> None:
    corpus = checked(user, "a.jsonl", b'{"problem": "1+1?", "solution": "2"}\n')
    assert corpus.error["message"] == (
        "a.jsonl, line 1: there is no field 'text'. The fields there are: problem, solution."
    )
    answer = client_signed_in.post(
        f"/corpora/{corpus.pk}/check/", {"text_field": "text", "join_fields": "problem, solution"}
    )
    assert answer.status_code == 302
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    assert (corpus.state, corpus.error, corpus.report["used_fields"]) == (
        "ready",
        {},
        ["problem", "solution"],
    )


def test_check_packed_csv_by_a_template(user: Any, client_signed_in: Client) -> None:
    data = gzip.compress(b"problem,solution\n1+1?,2\n2+2?,4\n")
    corpus = checked(user, "sums.csv.gz", data, template="-{problem}\n{solution}")
    report = corpus.typed_report
    assert corpus.state == "ready" and report is not None
    assert (report.format, report.compression, report.used_fields) == ("csv", "gzip", ("problem", "solution"))
    page = client_signed_in.get(f"/corpora/{corpus.pk}/").content.decode()
    assert "csv, gzip" in page
    assert "-1+1? 2" in page


def test_check_again_with_a_bad_template_changes_nothing_and_says_why(
    user: Any, client_signed_in: Client
) -> None:
    corpus = checked(user, "a.jsonl", b'{"text": "alpha"}\n')
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/check/", {"template": "no field"}, follow=True)
    assert "Write at least one field&#x27;s name in braces" in answer.content.decode()
    corpus.refresh_from_db()
    assert (corpus.state, corpus.template) == ("ready", "")


def test_dataset_is_named_and_checked_or_refused(
    user: Any, client_signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    answer = client_signed_in.post("/corpora/dataset/", {"dataset": "nowhere"})
    assert answer.status_code == 422
    assert "&#x27;nowhere&#x27; names no dataset. Write org/name" in answer.content.decode()
    answer = client_signed_in.post("/corpora/dataset/", {"dataset": "org/sums:test", "join_fields": "a, b"})
    corpus = Corpus.objects.get()
    assert answer.url == f"/corpora/{corpus.pk}/"
    assert (corpus.name, corpus.dataset, corpus.join_fields) == ("org/sums", "hf:org/sums:test", ["a", "b"])
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    assert corpus.state == "invalid"
    assert "the Hugging Face hub cannot be reached (OfflineModeIsEnabled)" in corpus.error["message"]


def test_dataset_is_trained_on_as_its_check_left_it(user: Any, home: Path) -> None:
    corpus = Corpus(pk=7, owner=user, dataset="hf:org/sums", join_fields=["a", "b"])
    assert corpus.source_data["corpus"] == "hf:org/sums"
    assert corpus.training_data == {
        "corpus": str(home / "corpora/7/documents.jsonl"),
        "text_field": "text",
        "join_fields": (),
        "template": "",
    }


def test_waiting_page_checks_itself_when_no_worker_did(user: Any, client_signed_in: Client) -> None:
    corpus = add_corpus(user, SimpleUploadedFile("a.txt", b"words"))
    address = f"/corpora/{corpus.pk}/"
    assert "Reading and checking the file" in client_signed_in.get(address).content.decode()
    Corpus.objects.update(checking_since=timezone.now() - timedelta(seconds=6))
    client_signed_in.get(address)
    corpus.refresh_from_db()
    assert corpus.state == "ready"


def test_ensure_sample_twice_is_one_ready_corpus(user: Any) -> None:
    first, second = ensure_sample(user), ensure_sample(user)
    assert first.pk == second.pk
    assert (first.state, first.training_source, first.report["format"]) == ("ready", "sample", "sample")


def test_error_parts_split_message_from_remedy() -> None:
    said = "noise\nerror: data.corpus: a.txt is empty. Upload a file that holds text.\n"
    assert error_parts(said) == ("a.txt is empty.", "Upload a file that holds text.")

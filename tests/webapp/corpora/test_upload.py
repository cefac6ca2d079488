"""Uploading: what is stored, and what is refused before it is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from webapp.corpora.models import Corpus
from webapp.corpora.services.upload import safe_name


@pytest.fixture(autouse=True)
def uploads(home: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = home / "uploads"


def post(client: Client, file_name: str, data: bytes, **fields: str) -> Any:
    return client.post("/corpora/upload/", {"file": SimpleUploadedFile(file_name, data), **fields})


def test_upload_text_file_becomes_corpus_named_after_it(client_signed_in: Client) -> None:
    answer = post(client_signed_in, "notes.txt", b"Some words.")
    corpus = Corpus.objects.get()
    assert answer.status_code == 302 and answer.url == f"/corpora/{corpus.pk}/"
    assert (corpus.name, corpus.original_name, corpus.state) == ("notes", "notes.txt", "checking")
    assert Path(corpus.file.path).name == "notes.txt"
    assert Path(corpus.file.path).read_bytes() == b"Some words."


def test_upload_with_name_and_fields_keeps_them(client_signed_in: Client) -> None:
    post(client_signed_in, "a.jsonl", b"{}", name="Sums", join_fields="problem, solution")
    corpus = Corpus.objects.get()
    assert (corpus.name, corpus.text_field, corpus.join_fields) == ("Sums", "text", ["problem", "solution"])


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv", "a.CSV.ZST", "a.parquet"])
def test_upload_takes_rows_and_packed_files_with_a_template(client_signed_in: Client, name: str) -> None:
    post(client_signed_in, name, b"x", template="{problem}\r\n\r\n{solution}")
    corpus = Corpus.objects.get()
    assert (corpus.name, corpus.original_name, corpus.has_rows) == ("a", name, True)
    assert corpus.template == "{problem}\n\n{solution}"


def test_upload_template_naming_no_field_is_refused(client_signed_in: Client) -> None:
    answer = post(client_signed_in, "a.jsonl", b"x", template="problem")
    assert answer.status_code == 422
    assert "Write at least one field&#x27;s name in braces, as {problem}." in answer.content.decode()


def test_check_again_names_the_field_at_fault_by_its_label(client_signed_in: Client) -> None:
    post(client_signed_in, "a.jsonl", b"x")
    address = f"/corpora/{Corpus.objects.get().pk}/"
    page = client_signed_in.post(f"{address}check/", {"template": "problem"}, follow=True).content.decode()
    assert "Or a template: Write at least one field&#x27;s name in braces, as {problem}." in page


def test_upload_same_name_twice_keeps_both_files(client_signed_in: Client) -> None:
    post(client_signed_in, "a.txt", b"one")
    post(client_signed_in, "a.txt", b"two")
    assert sorted(Path(one.file.path).read_bytes() for one in Corpus.objects.all()) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        (
            "paper.pdf",
            b"%PDF",
            "paper.pdf has the suffix &#x27;.pdf&#x27;, which is not one Foresight reads. "
            "Use a .txt, .md, .jsonl, .csv or .parquet file; all but the last may be packed as .gz or .zst.",
        ),
        ("notes.txt", b"", "notes.txt is empty. Upload a file that holds text."),
    ],
)
def test_upload_refused_file_is_named_and_not_stored(
    client_signed_in: Client, name: str, data: bytes, sentence: str
) -> None:
    answer = post(client_signed_in, name, data, name="Kept")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="Kept"' in page
    assert Corpus.objects.count() == 0


def test_upload_over_the_limit_names_the_limit(client_signed_in: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 2_000_000
    page = post(client_signed_in, "a.txt", b"x" * 2_000_001).content.decode()
    assert "a.txt holds 2 MB; the limit is 2 MB. Split it into several corpora" in page
    assert Corpus.objects.count() == 0


def test_upload_for_a_script_answers_json(client_signed_in: Client) -> None:
    file = SimpleUploadedFile("a.txt", b"text")
    answer = client_signed_in.post("/corpora/upload/", {"file": file}, headers={"accept": "application/json"})
    assert answer.json() == {"url": f"/corpora/{Corpus.objects.get().pk}/"}
    answer = client_signed_in.post("/corpora/upload/", {}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()) == (422, {"errors": {"file": "Choose a file."}})


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("my notes (1).TXT", "my_notes_1.txt"),
        (".hidden.md", "hidden.md"),
        ("é/ü.txt", "ü.txt"),
        ("x" * 200 + ".txt", "x" * 80 + ".txt"),
        ("x" * 200 + ".jsonl.GZ", "x" * 80 + ".jsonl.gz"),
        ("a.b.csv.zst", "a.b.csv.zst"),
    ],
)
def test_safe_name_keeps_letters_and_suffix(given: str, stored: str) -> None:
    assert safe_name(given) == stored

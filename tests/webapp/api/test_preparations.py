"""Preparations over the API: settings as JSON or YAML, evaluation sets by their numbers, the report, the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.api.test_data import stream
from tests.webapp.preparations.made import prepared, uploaded
from webapp.corpora.models import Corpus
from webapp.preparations.models import Preparation

ITEM = "the sum of the first n odd numbers is the square of n for every natural number n"


@pytest.fixture
def corpus(program: Program, user: Any, home: Path) -> Corpus:
    rows = [
        f"A document that quotes the test: {ITEM}. And goes on.",
        "Another document, about something else.",
    ]
    file = home / "text.jsonl"
    file.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    return uploaded(user, file)


@pytest.fixture
def items(program: Program, user: Any, home: Path) -> Corpus:
    (home / "items.jsonl").write_text(json.dumps({"text": ITEM}) + "\n")
    return uploaded(user, home / "items.jsonl")


def test_settings_are_given_with_their_defaults(program: Program) -> None:
    found = program.get("/preparations/settings").json()
    assert found["near_duplicates"]["enabled"] is True
    assert found["decontamination"]["against"] == []


def test_preparation_is_queued_with_its_sets_and_cancelled(
    program: Program, corpus: Corpus, items: Corpus
) -> None:
    path = f"/corpora/{corpus.pk}/preparations"
    text = "near_duplicates: {threshold: 0.7}\n"
    answer = program.post(f"{path}?against={items.pk}", text, content_type="application/yaml")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["corpus"], made["corpus_name"], made["result"]) == (corpus.pk, "text", None)
    assert made["config"]["near_duplicates"]["threshold"] == 0.7
    assert [one["name"] for one in made["config"]["decontamination"]["against"]] == ["items"]
    assert (made["job"]["state"], made["finished"], made["report"], made["files"]) == (
        "queued",
        False,
        None,
        [],
    )
    assert made["stages"][0]["state"] == "waiting"
    assert program.post(f"/preparations/{made['id']}/cancel").json()["changed"] is True
    assert program.post(f"/preparations/{made['id']}/cancel").json()["changed"] is False
    assert program.post(path).json()["config"]["decontamination"]["against"] == []
    assert program.get("/preparations").json()["total"] == 2


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ("?against=999", {}, "decontamination.against"),
        ("", {"near_duplicates": {"threshold": 7}}, "near_duplicates.threshold"),
        ("", {"nonsense": 1}, "nonsense"),
        ("", {"data": 1}, "data"),
        ("?against=x", {}, "against.0"),
    ],
)
def test_preparation_with_a_mistake_names_its_field(
    program: Program, corpus: Corpus, query: str, body: dict[str, Any], field: str
) -> None:
    answer = program.post(f"/corpora/{corpus.pk}/preparations{query}", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Preparation.objects.exists()


def test_files_of_the_server_cannot_be_named(program: Program, corpus: Corpus) -> None:
    secret = {"name": "x", "file": "/etc/passwd"}
    body = {"data": {"corpus": "/etc/passwd"}, "decontamination": {"against": [secret]}}
    made = program.post(f"/corpora/{corpus.pk}/preparations", body).json()
    assert made["config"]["data"]["corpus"] == "text"
    assert made["config"]["decontamination"]["against"] == []
    folder = Preparation.objects.get().folder_path
    assert "/etc/passwd" not in (folder / "prepare.yaml").read_text()


def test_finished_preparation_gives_report_files_and_new_corpus(
    program: Program, corpus: Corpus, items: Corpus
) -> None:
    done = prepared(corpus, items, quality_rules__enabled="false")
    found = program.get(f"/preparations/{done.pk}").json()
    assert (found["finished"], found["report"]["documents"]) == (True, 1)
    assert program.get(f"/corpora/{found['result']}").json()["name"] == "text prepared"
    stage = next(one for one in found["report"]["stages"] if one["stage"] == "decontamination")
    assert (stage["before"], stage["dropped"], stage["after"]) == (2, 1, 1)
    assert [file["name"] for file in found["files"]] == [
        "documents.jsonl",
        "dropped.jsonl.zst",
        "report.json",
    ]
    path = f"/preparations/{done.pk}/files/documents.jsonl"
    status, _, whole = stream(program, path)
    assert (status, json.loads(whole)["text"]) == (200, "Another document, about something else.")
    assert stream(program, path, Range="bytes=10-")[2] == whole[10:]
    answer = program.get(f"/preparations/{done.pk}/files/prepare.yaml")
    assert answer.status_code == 404
    assert answer.json()["error"] == "The preparation has no such file, or the disk has lost it."

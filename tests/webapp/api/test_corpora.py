"""Corpora and scans over the API, each operation with exact values."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.corpora.made_scan import TEXT, made_corpus, made_scan
from webapp.corpora.models import Corpus, Scan
from webapp.corpora.services.check import check_corpus
from webapp.experiments.models import Experiment
from webapp.jobs.models import State


def named_file(name: str, text: str) -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def test_upload_is_stored_checked_and_read_back(program: Program) -> None:
    rows = '{"problem": "One?", "solution": "1"}\n{"problem": "Two?", "solution": "2"}\n'
    answer = program.upload(
        "/corpora", file=named_file("math.jsonl", rows), name="sums", join_fields="problem, solution"
    )
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["state"], made["source"]) == ("sums", "checking", "math.jsonl")
    assert made["join_fields"] == ["problem", "solution"]
    check_corpus(made["id"])  # as a worker would
    found = program.get(f"/corpora/{made['id']}").json()
    assert (found["state"], found["error"]) == ("ready", None)
    assert (found["report"]["documents"], found["report"]["format"]) == (2, "jsonl")
    documents = program.get(f"/corpora/{made['id']}/documents").json()
    assert (documents["page"], documents["pages"], documents["total"]) == (1, 1, 2)
    assert documents["items"][1]["start"] == "Two? 2"
    assert "offset" not in documents["items"][1]
    one = program.get(f"/corpora/{made['id']}/documents/0").json()
    assert (one["index"], one["text"]) == (0, "One?\n\n1")


def test_conversations_are_a_kind_of_corpus(program: Program) -> None:
    made = program.upload("/corpora", file=named_file("chat.jsonl", "{}"), kind="conversations").json()
    assert made["kind"] == "conversations"
    sample = program.post("/corpora/sample?kind=conversations").json()
    assert (sample["kind"], sample["name"], sample["state"]) == (
        "conversations",
        "Questions about Python",
        "ready",
    )
    assert program.post("/corpora/sample?kind=wrong").json()["field"] == "kind"
    answer = program.upload(
        "/corpora", file=named_file("x.jsonl", "{}"), kind="conversations", join_fields="one"
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "join_fields")


def test_upload_that_cannot_be_read_says_why(program: Program) -> None:
    made = program.upload("/corpora", file=named_file("bad.jsonl", '{"other": 1}\n')).json()
    check_corpus(made["id"])
    found = program.get(f"/corpora/{made['id']}").json()
    assert found["state"] == "invalid"
    assert "text" in found["error"]["message"]
    assert found["report"] is None


@pytest.mark.parametrize(
    ("parts", "field", "sentence"),
    [
        (
            {"file": named_file("x.pdf", "x")},
            "file",
            "x.pdf has the suffix '.pdf', which is not one Foresight reads.",
        ),
        ({"file": named_file("x.txt", "")}, "file", "x.txt is empty."),
        ({"name": "no file"}, "file", "Field required"),
        (
            {"file": named_file("x.jsonl", "{}"), "template": "no field"},
            "template",
            "Write at least one field's name in braces, as {problem}.",
        ),
    ],
)
def test_upload_that_is_refused_names_its_field(
    program: Program, parts: dict[str, Any], field: str, sentence: str
) -> None:
    answer = program.upload("/corpora", **parts)
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["error"]) == (field, sentence)
    assert not Corpus.objects.exists()


def test_dataset_of_the_hub_is_added_and_a_bad_name_refused(program: Program) -> None:
    answer = program.post("/corpora/dataset", {"dataset": "org/name:test", "join_fields": ["a", "b"]})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["source"], made["state"], made["join_fields"]) == (
        "hf:org/name:test",
        "checking",
        ["a", "b"],
    )
    answer = program.post("/corpora/dataset", {"dataset": "nonsense"})
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "'nonsense' names no dataset.",
        "field": "dataset",
        "remedy": "Write org/name, or org/name:split for another split than train.",
        "retryable": False,
        "errors": {},
    }


def test_sample_is_one_corpus_however_often_it_is_asked_for(program: Program) -> None:
    first, second = program.post("/corpora/sample"), program.post("/corpora/sample")
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert (first.json()["name"], first.json()["source"]) == ("Python language reference", "sample")


def test_corpora_are_listed_by_page(program: Program, user: Any, home: Path) -> None:
    numbers = [made_corpus(home, user, name=f"corpus {place}").pk for place in range(51)]
    found = program.get("/corpora", page=2).json()
    assert [item["id"] for item in found["items"]] == numbers[:1]
    assert (found["page"], found["pages"], found["total"]) == (2, 2, 51)
    assert program.get("/corpora", page=3).json()["items"] == []


def test_page_that_is_no_number_names_its_field(program: Program) -> None:
    answer = program.get("/corpora", page="x")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {
        "page": "Input should be a valid integer, unable to parse string as an integer"
    }
    assert program.get("/corpora", page=0).json()["field"] == "page"


def test_check_again_takes_other_fields(program: Program, user: Any, home: Path) -> None:
    corpus = made_corpus(home, user)
    answer = program.post(f"/corpora/{corpus.pk}/check", {"text_field": "body"})
    assert (answer.status_code, answer.json()["state"], answer.json()["text_field"]) == (
        200,
        "checking",
        "body",
    )
    answer = program.post(f"/corpora/{corpus.pk}/check", {"text_field": "text"})
    assert answer.status_code == 409
    assert (answer.json()["error"], answer.json()["retryable"]) == ("made is being checked.", True)


def test_documents_are_found_by_text(program: Program, user: Any, home: Path) -> None:
    corpus = made_corpus(home, user)
    assert program.get(f"/corpora/{corpus.pk}/documents", q="TWO").json()["total"] == 1
    assert program.get(f"/corpora/{corpus.pk}/documents", q="three").json()["total"] == 0
    answer = program.get(f"/corpora/{corpus.pk}/documents/1")
    assert (answer.status_code, answer.json()["error"]) == (404, "The corpus has no document 1.")


def test_corpus_is_removed_unless_an_experiment_uses_it(program: Program, user: Any, home: Path) -> None:
    corpus, used = made_corpus(home, user), made_corpus(home, user, name="used")
    Experiment.objects.create(owner=user, name="x", corpus=used, config={})
    assert program.delete(f"/corpora/{corpus.pk}").status_code == 204
    assert program.get(f"/corpora/{corpus.pk}").status_code == 404
    answer = program.delete(f"/corpora/{used.pk}")
    assert answer.status_code == 409
    assert answer.json()["error"] == "used is used by 1 experiment, so it stays."


def test_models_hold_the_catalogue(program: Program) -> None:
    assert "smollm2-135m-instruct" in [one["name"] for one in program.get("/models").json()]


def test_scan_is_queued_followed_and_cancelled(program: Program, user: Any, home: Path) -> None:
    corpus = made_corpus(home, user)
    answer = program.post(
        f"/corpora/{corpus.pk}/scans",
        {"model": "smollm2-135m-instruct", "max_documents": 3, "positions": {"entropy": "full"}},
    )
    assert answer.status_code == 201
    made = answer.json()
    assert (made["corpus"], made["max_documents"], made["settings"]["entropy"]) == (corpus.pk, 3, "full")
    assert (made["job"]["state"], made["job"]["error"], made["finished"]) == ("queued", None, False)
    assert made["progress"] == {"done": 0, "total": 0, "unit": ""}
    assert [item["id"] for item in program.get(f"/corpora/{corpus.pk}/scans").json()["items"]] == [made["id"]]
    assert program.get(f"/scans/{made['id']}").json()["histogram"] == []
    answer = program.get(f"/scans/{made['id']}/documents/0")
    assert (answer.status_code, answer.json()["error"]) == (404, "The scan has not finished.")
    cancelled = program.post(f"/scans/{made['id']}/cancel").json()
    assert cancelled == {"changed": True, "message": "The scan is being cancelled."}
    assert Scan.objects.get().job.state == State.CANCELLED
    assert program.post(f"/scans/{made['id']}/cancel").json()["changed"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": "no-such-model"}, "model"),
        ({}, "model"),
        ({"model": "smollm2-135m-instruct", "positions": {"top_k": 0}}, "positions.top_k"),
        ({"model": "smollm2-135m-instruct", "positions": {"entropy": "wrong"}}, "positions.entropy"),
    ],
)
def test_scan_with_a_mistake_names_its_field(
    program: Program, user: Any, home: Path, body: dict[str, Any], field: str
) -> None:
    answer = program.post(f"/corpora/{made_corpus(home, user).pk}/scans", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_finished_scan_gives_histogram_entropies_and_tokens(program: Program, user: Any, home: Path) -> None:
    scan = made_scan(home, made_corpus(home, user))
    found = program.get(f"/scans/{scan.pk}").json()
    assert (found["finished"], found["bin"]) == (True, 0.01)
    assert found["summary"]["positions"] == 5
    assert {place: count for place, count in enumerate(found["histogram"]) if count} == {
        75: 1,
        175: 1,
        225: 1,
    }
    entropies = program.get(f"/scans/{scan.pk}/documents/0").json()
    assert entropies == {
        "first": 1,
        "positions": 5,
        "entropy": [0.25, 0.75, 1.25, 1.75, 2.25],
        "unusable": [0, 2],
    }
    tokens = program.get(f"/scans/{scan.pk}/documents/0/tokens", first=1, count=2).json()
    assert tokens["lead"] == TEXT[:3]
    assert [(row["index"], row["entropy"]) for row in tokens["rows"]] == [(1, 0.25), (2, 0.75)]
    assert tokens["words"] == {"7": " the", "10": " ", "11": ""}
    assert program.get(f"/scans/{scan.pk}/documents/0/tokens", count=1601).status_code == 422
    assert program.get(f"/scans/{scan.pk}/documents/7/tokens").status_code == 404

"""Every error of the API has one shape, whatever went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.webapp.api.conftest import Program
from tests.webapp.made_run import make_bare_run
from training.contract.errors import ForesightError
from webapp.api.operations import runs

SHAPE = {"error", "field", "remedy", "retryable", "errors"}


def test_unknown_address_is_404_in_the_same_shape(db: None) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(enforce_csrf_checks=True), method)("/api/no/such/thing")
        assert answer.status_code == 404
        assert answer.json() == {
            "error": "The API has no address /api/no/such/thing.",
            "field": "",
            "remedy": "See /api/docs for those it has, or /api/openapi.json.",
            "retryable": False,
            "errors": {},
        }


def test_unknown_object_is_404_with_its_kind(program: Program) -> None:
    for path, kind in (
        ("/runs/9", "run"),
        ("/corpora/9", "corpus"),
        ("/probes/9", "probe"),
        ("/scans/9", "scan"),
    ):
        answer = program.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"] == f"There is no such {kind}."
        assert answer.json()["remedy"] == "It may have been removed, or it belongs to another user."


def test_number_beyond_the_database_is_404(program: Program) -> None:
    assert program.get("/runs/99999999999999999999").status_code == 404


def test_method_that_an_address_does_not_take_is_405_in_the_same_shape(program: Program) -> None:
    answer = program.delete("/runs")
    assert answer.status_code == 405
    assert answer.json()["error"] == "This address does not take DELETE."
    assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "POST"]


def test_body_that_is_no_json_is_400(program: Program) -> None:
    answer = program.post("/runs", "{")
    assert answer.status_code == 400
    assert set(answer.json()) == SHAPE


def test_several_mistakes_are_all_named(program: Program) -> None:
    answer = program.get("/runs?page=0&sort=wrong")
    assert answer.status_code == 422
    found = answer.json()
    assert (found["error"], set(found["errors"])) == ("The request has 2 mistakes.", {"page", "sort"})


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(runs, "listed", fail)


def test_database_that_is_away_is_503_and_may_be_tried_again(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, OperationalError("database is locked"))
    answer = program.get("/runs")
    assert answer.status_code == 503
    assert (answer.json()["error"], answer.json()["retryable"]) == ("The database does not answer.", True)


def test_mistake_of_the_server_is_500_without_its_details(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, RuntimeError("a secret"))
    answer = program.get("/runs")
    assert answer.status_code == 500
    assert set(answer.json()) == SHAPE
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(("retryable", "status"), [(True, 503), (False, 422)])
def test_error_of_a_service_keeps_its_parts(
    program: Program, monkeypatch: pytest.MonkeyPatch, retryable: bool, status: int
) -> None:
    fail_with(monkeypatch, ForesightError("No.", field="a.b", remedy="Wait.", retryable=retryable))
    answer = program.get("/runs")
    assert answer.status_code == status
    assert answer.json() == {
        "error": "No.",
        "field": "a.b",
        "remedy": "Wait.",
        "retryable": retryable,
        "errors": {},
    }


def test_answers_are_json_and_never_run_as_a_page(program: Program, user: Any) -> None:
    make_bare_run(user)
    answer = program.get("/runs")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]

"""Who may ask: a token that holds; a signed-in browser may read. And how often."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.api.conftest import Program
from webapp.accounts.models import ApiToken
from webapp.accounts.tokens import make_token
from webapp.api.auth import PerUser

MAKE_ONE = "Make a token on the page API tokens and send it as `Authorization: Bearer <token>`."
NEW_ONE = "Make a new one on the page API tokens."


def refusal(error: str, remedy: str) -> dict[str, Any]:
    return {"error": error, "field": "", "remedy": remedy, "retryable": False, "errors": {}}


def me(header: str) -> Any:
    return Client().get("/api/me", headers={"Authorization": header})


def test_token_names_its_owner_and_the_limits(program: Program) -> None:
    answer = program.get("/me")
    assert answer.status_code == 200
    limits = {"max_upload_bytes": 1073741824, "requests_a_minute": 600}
    assert answer.json() == {"user": "ada", "project": "", "role": "", **limits}
    assert ApiToken.objects.get().last_used is not None


def test_request_without_a_token_is_401_and_no_redirect(db: None) -> None:
    answer = Client().get("/api/me")
    assert answer.status_code == 401
    assert answer.json() == refusal("The request names no API token.", MAKE_ONE)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Foresight"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YWRhOng=", "fs_token"])
def test_header_without_a_bearer_token_is_401(db: None, header: str) -> None:
    answer = me(header)
    assert answer.status_code == 401
    assert answer.json() == refusal("The Authorization header holds no token.", MAKE_ONE)


@pytest.mark.parametrize("secret", ["fs_unknown", "x", "fs_é", "a b"])
def test_unknown_token_is_401(db: None, secret: str) -> None:
    answer = me(f"Bearer {secret}")
    assert answer.status_code == 401
    assert answer.json() == refusal("The API token is not known: it was revoked, or copied in part.", NEW_ONE)


def test_revoked_token_is_401(program: Program) -> None:
    ApiToken.objects.get().delete()
    assert program.get("/me").status_code == 401


def test_expired_token_is_401_with_its_day(program: Program) -> None:
    ApiToken.objects.update(expires=datetime(2026, 1, 5, tzinfo=timezone.get_current_timezone()))
    answer = program.get("/me")
    assert answer.status_code == 401
    assert answer.json() == refusal("The API token 'tests' expired on 2026-01-05.", NEW_ONE)


def test_token_of_a_locked_out_person_is_401(program: Program, user: Any) -> None:
    user.is_active = False
    user.save()
    assert program.get("/me").status_code == 401


def test_scheme_is_read_in_any_case(program: Program, user: Any) -> None:
    assert me(f"bearer {make_token(user, 'x')[1]}").status_code == 200


def test_signed_in_browser_reads(client_signed_in: Client) -> None:
    assert client_signed_in.get("/api/me").json()["user"] == "ada"


def test_signed_in_browser_changes_nothing(client_signed_in: Client, home: Path) -> None:
    answer = client_signed_in.post("/api/corpora/sample")
    assert answer.status_code == 401
    assert answer.json() == refusal(
        "A signed-in browser may only read here; changes need an API token.", MAKE_ONE
    )


def test_bad_token_is_refused_even_with_a_session(client_signed_in: Client) -> None:
    answer = client_signed_in.get("/api/me", headers={"Authorization": "Bearer fs_unknown"})
    assert answer.status_code == 401


def test_token_needs_no_csrf_token(user: Any, home: Path) -> None:
    headers = {"Authorization": f"Bearer {make_token(user, 'x')[1]}"}
    client = Client(enforce_csrf_checks=True)
    assert client.post("/api/runs", {}, content_type="application/json", headers=headers).status_code == 422


def test_requests_beyond_the_limit_are_429_until_the_minute_is_over(
    program: Program, other_program: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    monkeypatch.setattr(PerUser, "minute", staticmethod(lambda: (7, 12.5)))
    assert [program.get("/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = program.get("/me")
    assert answer.headers["Retry-After"] == "13"
    assert answer.json() == {
        "error": "Too many requests in this minute.",
        "field": "",
        "remedy": "Try again in 13 s.",
        "retryable": True,
        "errors": {},
    }
    assert other_program.get("/me").status_code == 200
    monkeypatch.setattr(PerUser, "minute", staticmethod(lambda: (8, 60.0)))
    assert program.get("/me").status_code == 200

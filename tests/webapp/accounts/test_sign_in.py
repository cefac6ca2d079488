"""Signing in and out, and the throttle."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from webapp.accounts.models import SignInAttempt

RIGHT = {"username": "ada", "password": "correct horse battery"}
WRONG = {**RIGHT, "password": "guess"}


def sign_in(data: dict[str, str], address: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=address).post("/sign-in/", data)


def test_right_password_leads_home(user: Any) -> None:
    response = sign_in(RIGHT)
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_wrong_password_shows_the_form_again(user: Any) -> None:
    response = sign_in(WRONG)
    assert response.status_code == 200
    assert b"ada" in response.content and b"guess" not in response.content


def test_eleventh_attempt_is_throttled_also_with_the_right_password(user: Any) -> None:
    assert [sign_in(WRONG).status_code for _ in range(10)] == [200] * 10
    response = sign_in(RIGHT)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert b"Wait 15 minutes" in response.content


def test_throttle_of_one_address_leaves_another_alone(user: Any) -> None:
    for _ in range(10):
        sign_in(WRONG)
    assert sign_in(RIGHT, address="192.0.2.2").status_code == 302


def test_throttle_ends_after_fifteen_minutes(user: Any) -> None:
    for _ in range(10):
        sign_in(WRONG)
    SignInAttempt.objects.update(time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert sign_in(RIGHT).status_code == 302


def test_success_forgets_the_attempts(user: Any) -> None:
    for _ in range(9):
        sign_in(WRONG)
    sign_in(RIGHT)
    assert SignInAttempt.objects.count() == 0


def test_name_in_other_letters_is_the_same_name(user: Any) -> None:
    for _ in range(10):
        sign_in({**WRONG, "username": "ADA"})
    assert sign_in(RIGHT).status_code == 429


def test_sign_out_needs_a_post(client_signed_in: Client) -> None:
    assert client_signed_in.get("/sign-out/").status_code == 405
    assert client_signed_in.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_post_without_csrf_token_is_refused(user: Any) -> None:
    assert Client(enforce_csrf_checks=True).post("/sign-in/", RIGHT).status_code == 403


def test_healthz_needs_no_session(db: None, client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("address", ["/", "/runs/", "/corpora/", "/experiments/"])
def test_page_without_a_session_leads_to_sign_in(db: None, client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/?next=")

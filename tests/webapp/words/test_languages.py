"""Choosing a language: in the browser, by what the browser asks for, and kept with the account."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from webapp.accounts.languages import language_of

CHINESE = {"language": "zh-hans", "next": "/runs/"}


def language(response: Any) -> str:
    return str(response.content.decode().split('<html lang="', 1)[1].split('"', 1)[0])


def test_page_is_in_english_where_nothing_is_asked_for(client_signed_in: Client) -> None:
    assert language(client_signed_in.get("/runs/")) == "en"


def test_sign_in_page_is_in_what_the_browser_asks_for(db: None, client: Client) -> None:
    assert language(client.get("/sign-in/", headers={"accept-language": "zh-CN,zh;q=0.9"})) == "zh-hans"


def test_language_that_is_not_there_is_english(db: None, client: Client) -> None:
    assert language(client.get("/sign-in/", headers={"accept-language": "fr"})) == "en"


def test_choice_goes_back_to_the_page_and_holds_against_the_browser(client_signed_in: Client) -> None:
    response = client_signed_in.post("/language/", CHINESE)
    assert (response.status_code, response.headers["Location"]) == (302, "/runs/")
    assert language(client_signed_in.get("/runs/", headers={"accept-language": "en"})) == "zh-hans"


def test_choice_needs_no_account(db: None, client: Client) -> None:
    client.post("/language/", CHINESE)
    assert language(client.get("/sign-in/")) == "zh-hans"


def test_choice_never_leads_to_another_site(client_signed_in: Client) -> None:
    response = client_signed_in.post("/language/", {**CHINESE, "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_choice_without_csrf_token_is_refused(db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/language/", CHINESE).status_code == 403


def test_account_keeps_the_choice_for_another_browser(user: Any, client_signed_in: Client) -> None:
    client_signed_in.post("/language/", CHINESE)
    another = Client()
    another.post("/sign-in/", {"username": "ada", "password": "correct horse battery"})
    assert language(another.get("/runs/")) == "zh-hans"
    assert language_of(user) == "zh-hans"


def test_unknown_language_is_not_kept(user: Any, client_signed_in: Client) -> None:
    client_signed_in.post("/language/", {**CHINESE, "language": "xx"})
    assert language_of(user) == "en"


@pytest.mark.parametrize(("asked", "loaded"), [("en", False), ("zh-hans", True)])
def test_script_words_are_loaded_where_they_are_needed(
    db: None, client: Client, asked: str, loaded: bool
) -> None:
    page = client.get("/sign-in/", headers={"accept-language": asked}).content.decode()
    assert ('<script src="/words/' in page) is loaded


def test_script_words_have_the_translations_and_are_kept_by_browsers(db: None, client: Client) -> None:
    response = client.get("/words/zh-hans/0123456789ab.js")
    assert r"\u5df2\u590d\u5236" in response.content.decode()  # 已复制: copied
    assert "immutable" in response.headers["Cache-Control"]

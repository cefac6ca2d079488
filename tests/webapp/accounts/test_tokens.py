"""The page of API tokens: made, shown once, kept as a hash, revoked by their owner alone."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from webapp.accounts.models import ApiToken
from webapp.accounts.tokens import MOST, find_token, make_token, note_use


def shown_secret(page: str) -> str:
    found = re.search(r'<pre id="secret"[^>]*>(.*?)</pre>', page)
    assert found
    return html.unescape(found.group(1))


def test_new_token_is_shown_once_and_kept_as_a_hash(client_signed_in: Client) -> None:
    answer = client_signed_in.post("/account/tokens/make/", {"name": "laptop", "days": "30"})
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    secret = shown_secret(answer.content.decode())
    assert re.fullmatch(r"fs_[A-Za-z0-9_-]{43}", secret)
    token = ApiToken.objects.get()
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert (token.name, token.start) == ("laptop", secret[:9])
    assert token.expires - token.created == timedelta(days=30)
    assert secret not in str(list(ApiToken.objects.values()))
    page = client_signed_in.get("/account/tokens/").content.decode()
    assert secret not in page
    assert "laptop" in page and secret[:9] in page


def test_token_without_an_end_holds_until_it_is_revoked(client_signed_in: Client) -> None:
    client_signed_in.post("/account/tokens/make/", {"name": "cron", "days": ""})
    assert ApiToken.objects.get().expires is None
    assert "it is revoked" in client_signed_in.get("/account/tokens/").content.decode()


def test_token_without_a_name_is_refused_with_a_sentence(client_signed_in: Client) -> None:
    answer = client_signed_in.post("/account/tokens/make/", {"name": "  ", "days": "30"})
    assert answer.status_code == 422
    assert "Say what will use the token." in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_expiry_that_is_not_offered_is_refused(client_signed_in: Client) -> None:
    assert client_signed_in.post("/account/tokens/make/", {"name": "x", "days": "9999"}).status_code == 422
    assert not ApiToken.objects.exists()


def test_fiftieth_token_is_the_last(client_signed_in: Client, user: Any) -> None:
    for number in range(MOST):
        make_token(user, str(number))
    answer = client_signed_in.post("/account/tokens/make/", {"name": "one more", "days": "30"})
    assert answer.status_code == 422
    assert "There are 50 tokens already." in answer.content.decode()


def test_revoked_token_is_gone(client_signed_in: Client, user: Any) -> None:
    token, secret = make_token(user, "laptop")
    answer = client_signed_in.post(f"/account/tokens/{token.pk}/revoke/", follow=True)
    assert "laptop is revoked" in answer.content.decode()
    assert find_token(secret) is None


def test_token_of_another_user_is_neither_listed_nor_revoked(
    client_signed_in: Client, other_user: Any
) -> None:
    token, secret = make_token(other_user, "theirs")
    assert "theirs" not in client_signed_in.get("/account/tokens/").content.decode()
    assert client_signed_in.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert find_token(secret) == token


def test_token_of_a_person_who_was_locked_out_is_unknown(user: Any) -> None:
    _, secret = make_token(user, "laptop")
    user.is_active = False
    user.save()
    assert find_token(secret) is None


def test_use_is_noted_to_the_minute(user: Any) -> None:
    token, _ = make_token(user, "laptop")
    note_use(token)
    token.refresh_from_db()
    first = token.last_used
    assert first is not None
    note_use(token)
    token.refresh_from_db()
    assert token.last_used == first
    ApiToken.objects.update(last_used=timezone.now() - timedelta(minutes=2))
    token.refresh_from_db()
    note_use(token)
    token.refresh_from_db()
    assert token.last_used > first


def test_page_of_tokens_signed_out_asks_to_sign_in(db: None) -> None:
    assert Client().get("/account/tokens/").url == "/sign-in/?next=/account/tokens/"


def test_tokens_are_not_made_without_the_csrf_token(user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/account/tokens/make/", {"name": "x"}).status_code == 403

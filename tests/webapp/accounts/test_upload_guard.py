"""Large bodies are refused in the socket, before Django spools them."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from tests.webapp.live.socket import Communicator
from webapp.accounts.models import ApiToken
from webapp.accounts.tokens import make_token
from webapp.accounts.upload_guard import FREE_BYTES, UploadGuard

MEGABYTE = 1024 * 1024


class Pages:
    """Stands behind the guard: reads the whole body as Django does, then answers 200."""

    def __init__(self) -> None:
        self.read = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            self.read += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def post(chunks: list[bytes], *, length: int | None, cookie: str = "", token: str = "") -> tuple[int, int]:
    """(status, bytes that reached the pages)."""
    pages = Pages()
    headers = [(b"cookie", cookie.encode())] if cookie else []
    if token:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    if length is not None:
        headers.append((b"content-length", str(length).encode()))

    async def run() -> int:
        app = Communicator(
            UploadGuard(pages), {"type": "http", "method": "POST", "path": "/", "headers": headers}
        )
        for number, chunk in enumerate(chunks, 1):
            more = number < len(chunks)
            await app.send_input({"type": "http.request", "body": chunk, "more_body": more})
        return int((await app.receive_output(5))["status"])

    return async_to_sync(run)(), pages.read


@pytest.fixture
def cookie(transactional_db: None, client_signed_in: Client) -> str:
    return f"other=1; sessionid={client_signed_in.cookies['sessionid'].value}"


def test_small_body_passes_without_a_session() -> None:
    assert post([b"x" * 10], length=10) == (200, 10)


def test_large_body_without_a_session_is_refused_unread(transactional_db: None) -> None:
    assert post([b"x"], length=FREE_BYTES + 1) == (403, 0)


def test_large_body_with_an_unknown_session_is_refused_unread(transactional_db: None) -> None:
    assert post([b"x"], length=FREE_BYTES + 1, cookie="sessionid=abcdef") == (403, 0)


def test_large_body_of_a_signed_in_person_passes(cookie: str) -> None:
    chunks = [b"x" * MEGABYTE] * 3
    assert post(chunks, length=3 * MEGABYTE, cookie=cookie) == (200, 3 * MEGABYTE)


def test_body_over_the_limit_is_refused_unread_for_everybody(cookie: str, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 4 * MEGABYTE
    assert post([b"x"], length=4 * MEGABYTE + 1, cookie=cookie) == (413, 0)


def test_body_without_a_length_is_counted_for_strangers(transactional_db: None) -> None:
    status, read = post([b"x" * MEGABYTE] * 5, length=None)
    assert (status, read) == (403, FREE_BYTES)


def test_body_without_a_length_ends_at_the_limit(cookie: str, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 4 * MEGABYTE
    status, read = post([b"x" * MEGABYTE] * 6, length=None, cookie=cookie)
    assert (status, read) == (413, 4 * MEGABYTE)


def test_large_body_of_a_program_with_a_token_passes(transactional_db: None, user: Any) -> None:
    _, secret = make_token(user, "laptop")
    assert post([b"x" * MEGABYTE] * 3, length=3 * MEGABYTE, token=secret) == (200, 3 * MEGABYTE)


def test_large_body_with_a_token_that_does_not_hold_is_refused_unread(cookie: str, user: Any) -> None:
    token, secret = make_token(user, "laptop")
    assert post([b"x"], length=FREE_BYTES + 1, cookie=cookie, token="fs_unknown") == (403, 0)
    ApiToken.objects.filter(pk=token.pk).update(expires=token.created)
    assert post([b"x"], length=FREE_BYTES + 1, token=secret) == (403, 0)

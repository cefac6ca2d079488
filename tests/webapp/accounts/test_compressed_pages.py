"""Pages travel compressed to those who can read it; what is streamed or no page does not."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from webapp.accounts.middleware import CompressedPages

LONG = "a line of text " * 100


def answered(response: Any) -> Any:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    return CompressedPages(lambda asked: response)(request)


@pytest.mark.django_db
def test_page_is_compressed_for_those_who_ask_and_the_same_for_others() -> None:
    address = reverse("sign-in")
    plain = Client().get(address)
    answer = Client().get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"<h1" in gzip.decompress(answer.content)
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_streamed_and_other_answers_are_left_alone() -> None:
    streamed = StreamingHttpResponse(iter([LONG.encode()]), content_type="text/html")
    assert "Content-Encoding" not in answered(streamed).headers
    assert answered(HttpResponse(LONG, content_type="application/x-tar")).content == LONG.encode()
    assert gzip.decompress(answered(HttpResponse(LONG)).content) == LONG.encode()

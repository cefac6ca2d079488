"""A program that calls the API with a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from webapp.accounts.tokens import make_token


class Program:
    """Calls the API as `curl` does: with a token and without a session."""

    def __init__(self, secret: str) -> None:
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = Client()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        return self.client.post(f"/api{path}", body, content_type=content_type, headers=self.headers)

    def upload(self, path: str, **parts: Any) -> Any:
        return self.client.post(f"/api{path}", parts, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api{path}", headers=self.headers)

    def call(self, method: str, path: str, body: Any, content_type: str) -> Any:
        ask = getattr(self.client, method.lower())
        if method == "GET":
            return ask(f"/api{path}", headers=self.headers)
        return ask(f"/api{path}", body, content_type=content_type, headers=self.headers)


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Requests of earlier tests are not counted."""
    cache.clear()


@pytest.fixture
def program(user: Any, home: Path) -> Program:
    """A program of `user`, with a data folder of its own."""
    return Program(make_token(user, "tests")[1])


@pytest.fixture
def other_program(other_user: Any, home: Path) -> Program:
    """A program of somebody else."""
    return Program(make_token(other_user, "tests")[1])

"""A client of the real site, and one behind a proxy that injects faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from foresight import Client
from tests.client.fault_proxy import Faults, fault_proxy
from tests.client.server import running_server
from webapp.accounts.tokens import make_token


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the site; its database is that of the test that asks."""
    with running_server() as url:
        yield url


@pytest.fixture
def token(transactional_db: None, user: Any, home: Path) -> str:
    cache.clear()
    return make_token(user, "client")[1]


@pytest.fixture
def client_of_site(site: str, token: str) -> Iterator[Client]:
    with Client(site, token) as client:
        yield client


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client would have waited between attempts."""
    found: list[float] = []
    monkeypatch.setattr("foresight.transport.time", SimpleNamespace(sleep=found.append))
    return found


@pytest.fixture
def faulty(site: str, token: str, waits: list[float]) -> Iterator[tuple[Client, Faults]]:
    """A client behind the proxy, with three retries and without waiting."""
    with fault_proxy(site) as (url, faults), Client(url, token, retries=3) as client:
        yield client, faults


@pytest.fixture
def config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what the command keeps; no site is known."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    for name in ("FORESIGHT_URL", "FORESIGHT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def here(
    config: Path,
    site: str,
    token: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An empty working folder of somebody who is signed in."""
    monkeypatch.setenv("FORESIGHT_URL", site)
    monkeypatch.setenv("FORESIGHT_TOKEN", token)
    folder = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(folder)
    return folder

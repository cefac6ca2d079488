"""Which site the command talks to: FORESIGHT_URL and FORESIGHT_TOKEN, else what `foresight login` kept; and in which
project, FORESIGHT_PROJECT."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from foresight.client import Client
from foresight.errors import ForesightClientError

URL, TOKEN, PROJECT = "FORESIGHT_URL", "FORESIGHT_TOKEN", "FORESIGHT_PROJECT"


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    token: str


def login_file() -> Path:
    """Where the address and the token are kept."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "foresight" / "login.json"


def keep(site: Site) -> Path:
    """Write them so that nobody else can read them, and the file is either whole or as it was."""
    path = login_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump({"url": site.url, "token": site.token}, file)
    partial.replace(path)
    return path


def find_site() -> Site:
    """The site to talk to. Raises ForesightClientError when none is known."""
    url, token = os.environ.get(URL, ""), os.environ.get(TOKEN, "")
    if not (url and token):
        kept = _kept()
        url, token = url or kept.get("url", ""), token or kept.get("token", "")
    if not (url and token):
        raise ForesightClientError(
            "No site is known.", remedy=f"Run `foresight login URL`, or set {URL} and {TOKEN}."
        )
    return Site(url, token)


def open_client() -> Client:
    """For the project that FORESIGHT_PROJECT names, if any. Raises ForesightClientError."""
    site, project = find_site(), os.environ.get(PROJECT, "").strip()
    if project and not project.isdecimal():
        raise ForesightClientError(
            f"{PROJECT} is {project!r}, which is no number.", remedy="`foresight projects` lists them."
        )
    return Client(site.url, site.token, project=int(project) if project else None)


def _kept() -> dict[str, str]:
    path = login_file()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(found[name]) for name in ("url", "token")}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ForesightClientError(
            f"{path} cannot be read: {error}.", remedy="Run `foresight login URL` again."
        ) from error

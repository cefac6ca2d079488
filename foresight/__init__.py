"""Foresight from a program: `Client(url, token)`. Needs httpx and pydantic, and nothing of the site itself."""

from __future__ import annotations

from foresight.client import Client
from foresight.errors import ApiError, DamagedDownload, Unreachable

__all__ = ["ApiError", "Client", "DamagedDownload", "Unreachable"]

"""Limit how many jobs a person may have at once."""

from __future__ import annotations

from typing import Any

from training.contract.errors import ForesightError
from webapp.accounts.models import Quota

MOST = 10_000


def set_quota(user: Any, text: str) -> int | None:
    """The most jobs queued or at work at once; an empty text is no limit. Jobs that are there already go on.

    Raises ForesightError, field `jobs`, for what is no such number.
    """
    text = text.strip()
    if not text:
        Quota.objects.filter(user=user).delete()
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) <= MOST):
        raise ForesightError(
            f"{text[:40]!r} is no number of jobs.",
            field="jobs",
            remedy=f"Enter a whole number from 0 to {MOST}, or nothing for no limit.",
        )
    Quota.objects.update_or_create(user=user, defaults={"jobs": int(text)})
    return int(text)

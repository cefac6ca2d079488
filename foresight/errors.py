"""What can go wrong between a program and a Foresight site. Each says what to do about it."""

from __future__ import annotations

from collections.abc import Mapping


class ForesightClientError(Exception):
    """The root of the errors of this package."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ApiError(ForesightClientError):
    """The site has refused a request.

    Args:
        message: what is wrong, in a sentence.
        status: of the HTTP answer.
        field: the setting or input at fault; "" for none.
        remedy: what to do about it; "" for nothing known.
        retryable: the same request may succeed later without a change.
        errors: where several inputs are at fault, each with what is wrong with it.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        field: str = "",
        remedy: str = "",
        retryable: bool = False,
        errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.field = field
        self.retryable = retryable
        self.errors = dict(errors or {})


class Unreachable(ForesightClientError):
    """The site does not answer, after all retries."""


class DamagedDownload(ForesightClientError):
    """A file that was downloaded is not the one that was asked for: its SHA-256 differs."""

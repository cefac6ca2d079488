"""The one error that crosses from training to the people who launched it.

Raised at boundaries only: bad input, a missing model, a run that cannot go on. It names the field
and the remedy, and says whether trying again can help.
"""

from __future__ import annotations


class ForesightError(Exception):
    """An error a person can act on.

    Args:
        message: what is wrong, in one sentence.
        field: dotted name of the setting or input at fault (`data.corpus`), or "" for none.
        remedy: what to do about it, in one sentence.
        retryable: True when the same call may succeed later without a change.
    """

    def __init__(self, message: str, *, field: str = "", remedy: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy
        self.retryable = retryable

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        then = f" {self.remedy}" if self.remedy else ""
        return f"{where}{self.message}{then}"

    def __reduce__(self) -> tuple[object, ...]:
        # Ray carries exceptions between processes by pickle, which drops keyword-only arguments.
        return (_rebuild, (self.message, self.field, self.remedy, self.retryable))


def _rebuild(message: str, field: str, remedy: str, retryable: bool) -> ForesightError:
    return ForesightError(message, field=field, remedy=remedy, retryable=retryable)

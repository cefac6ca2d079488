"""Every error of the API has one shape: a sentence, the field at fault, a remedy, whether to try again."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError
from pydantic import Field

from training.contract.errors import ForesightError

logger = logging.getLogger(__name__)

BAD_REQUEST, UNAUTHORISED, FORBIDDEN, MISSING, NOT_ALLOWED = 400, 401, 403, 404, 405
CONFLICT, GONE, TOO_LARGE = 409, 410, 413
INVALID, THROTTLED, FAILED, UNAVAILABLE = 422, 429, 500, 503
_MISSING_ROW = re.compile(r"No (\w+) matches the given query\.")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GONE = "It may have been removed, or it belongs to another user."


class Problem(Schema):
    """What is wrong, and what to do about it."""

    error: str = Field(description="What is wrong, in a sentence.")
    field: str = Field("", description="The setting or input at fault; empty for none.")
    remedy: str = Field("", description="What to do about it; may be empty.")
    retryable: bool = Field(False, description="The same request may succeed later without a change.")
    errors: dict[str, str] = Field(
        {}, description="Where several inputs are at fault: each with what is wrong with it."
    )


class Answer(ForesightError):
    """A ForesightError with the status it is answered with, and with all fields at fault."""

    def __init__(
        self,
        message: str,
        *,
        status: int = INVALID,
        field: str = "",
        remedy: str = "",
        retryable: bool = False,
        errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, field=field, remedy=remedy, retryable=retryable)
        self.status = status
        self.errors = dict(errors or {})


@contextmanager
def answering(status: int) -> Iterator[None]:
    """Errors of a service are answered with this status; one that has its own keeps it."""
    try:
        yield
    except Answer:
        raise
    except ForesightError as error:
        raise Answer(
            error.message, status=status, field=error.field, remedy=error.remedy, retryable=error.retryable
        ) from error


def invalid(errors: Mapping[str, str], what: str = "The request") -> Answer:
    """The error for inputs at fault, {field: sentence}; "" holds what concerns several."""
    field, sentence = next(iter(errors.items()))
    count = len(errors)
    message = sentence if count == 1 else f"{what} has {count} mistakes."
    return Answer(message, field=field, errors=errors)


def problem(status: int, error: ForesightError | str, **fields: Any) -> JsonResponse:
    """The response for an error."""
    if isinstance(error, ForesightError):
        fields = {
            "field": error.field,
            "remedy": error.remedy,
            "retryable": error.retryable,
            "errors": getattr(error, "errors", {}),
        } | fields
        error = error.message
    response = JsonResponse(Problem(error=error, **fields).model_dump(), status=status)
    if status == UNAUTHORISED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Foresight"'
    return response


def register(api: NinjaAPI) -> None:
    """Answer every error of an operation in the one shape."""
    api.add_exception_handler(ForesightError, _foresight)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Throttled, _throttled)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(RequestDataTooBig, _too_large)
    api.add_exception_handler(DatabaseError, _database)
    api.add_exception_handler(Exception, _failed)


def _foresight(request: HttpRequest, error: Any) -> HttpResponse:
    usual = UNAVAILABLE if error.retryable else INVALID
    return problem(getattr(error, "status", usual), error)


def _missing(request: HttpRequest, error: Any) -> HttpResponse:
    text = str(error)
    row = _MISSING_ROW.fullmatch(text)
    if row:
        return problem(MISSING, f"There is no such {_words(row[1])}.", remedy=_GONE)
    return problem(MISSING, text or "There is no such thing.", remedy="" if text else _GONE)


def _words(model: str) -> str:
    return "token" if model == "ApiToken" else _CAPITAL.sub(" ", model).lower()


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    found: dict[str, str] = {}
    for item in error.errors:
        source, *path = item["loc"]
        if source == "body" or path[:1] == ["query"]:
            path = path[1:]  # the first part is the operation's own name for it
        name = ".".join(map(str, path))
        message = item["msg"].removeprefix("Value error, ")
        found[name] = f"{found[name]} {message}" if name in found else message
    return problem(INVALID, invalid(found))


def _throttled(request: HttpRequest, error: Any) -> HttpResponse:
    seconds = math.ceil(error.wait or 1)
    remedy = f"Try again in {seconds} s."
    return problem(THROTTLED, "Too many requests in this minute.", remedy=remedy, retryable=True)


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, str(error))


def _too_large(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(
        TOO_LARGE, "The request's body is too large.", remedy="Only files may be large: upload one."
    )


def _database(request: HttpRequest, error: Any) -> HttpResponse:
    logger.exception("API %s %s: the database does not answer", request.method, request.path)
    return problem(UNAVAILABLE, "The database does not answer.", remedy="Try again.", retryable=True)


def _failed(request: HttpRequest, error: Any) -> HttpResponse:
    logger.exception("API %s %s failed", request.method, request.path)
    remedy = "Try again; if it fails once more, the server's log says why."
    return problem(FAILED, "The server failed to answer.", remedy=remedy)

"""HTTP to one Foresight site: the token, retries, and answers that are errors.

A request that may be repeated (reading, removing, and the changes that say so) is tried again when the
connection fails or something in front of the site answers 502 to 504. Any other is tried again only where
the site cannot have seen it: no connection, or 429.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx

from foresight.errors import ApiError, Unreachable

VERSION = "0.1.0"
_REPEATABLE = ("GET", "HEAD", "DELETE")
AWAY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LONGEST_WAIT = 60.0


class Transport:
    """Sends requests to a site and gives their answers. Safe to use from one thread."""

    def __init__(
        self, url: str, token: str, *, project: int | None = None, timeout: float, retries: int
    ) -> None:
        self.url = url.rstrip("/").removesuffix("/api")
        self.retries = retries
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=f"{self.url}/api",
            timeout=timeout,
            headers={"Authorization": f"Bearer {token}", "User-Agent": f"foresight/{VERSION}"},
        )
        if project is not None:
            self._http.headers["Foresight-Project"] = str(project)

    def slow(self, seconds: float) -> httpx.Timeout:
        """For `timeout=`: an answer that may take so long."""
        return httpx.Timeout(self._timeout, read=max(seconds, self._timeout))

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, *, repeatable: bool | None = None, **parts: Any) -> httpx.Response:
        """The answer to a request. `parts` are those of httpx: params, json, content, files, data, headers.

        Raises:
            ApiError: the site has refused it.
            Unreachable: it does not answer.
        """
        again = method in _REPEATABLE if repeatable is None else repeatable
        for attempt in range(self.retries + 1):
            last = attempt == self.retries
            try:
                answer = self._http.request(method, path, **parts)
            except httpx.TransportError as error:
                if last or not (again or isinstance(error, _NEVER_SENT)):
                    raise self.unreachable(error) from error
                self.wait(attempt)
                continue
            status = answer.status_code
            if not last and (status == HTTPStatus.TOO_MANY_REQUESTS or (again and status in AWAY)):
                self.wait(attempt, answer.headers.get("Retry-After", ""))
                continue
            if method == "DELETE" and attempt and status == HTTPStatus.NOT_FOUND:
                return answer  # an earlier attempt has removed it, and its answer was lost
            return checked(answer)
        raise AssertionError("the loop returns or raises")

    def json(self, method: str, path: str, *, repeatable: bool | None = None, **parts: Any) -> Any:
        """The answer's JSON. Raises as `send`."""
        return self.send(method, path, repeatable=repeatable, **parts).json()

    @contextmanager
    def stream(self, path: str, **parts: Any) -> Iterator[httpx.Response]:
        """One attempt at a GET whose answer is read in pieces. Raises ApiError, or httpx.TransportError."""
        with self._http.stream("GET", path, **parts) as answer:
            if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                answer.read()
            yield checked(answer)

    def wait(self, attempt: int, asked: str = "") -> None:
        """Sleep after a failed attempt: as the site asks, else 0.5, 1, 2, 4 ... 8 seconds with some chance."""
        if asked.isdecimal():
            time.sleep(min(float(asked), _LONGEST_WAIT))
        else:
            time.sleep(min(0.5 * 2**attempt, 8.0) * random.uniform(0.75, 1.25))

    def unreachable(self, error: httpx.TransportError) -> Unreachable:
        said = str(error) or type(error).__name__
        return Unreachable(
            f"{self.url} does not answer: {said}.", remedy="Is the site running, and the address right?"
        )


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer itself; raises ApiError for one that refuses."""
    if answer.is_success:
        return answer
    if answer.is_redirect:
        raise ApiError(
            f"The site sends this address on to {answer.headers.get('Location', 'another one')}.",
            status=answer.status_code,
            remedy="Use that site's own address.",
        )
    try:
        found = answer.json()
        parts = {name: found[name] for name in ("field", "remedy", "retryable", "errors")}
        message = str(found["error"])
    except (ValueError, KeyError, TypeError):
        raise ApiError(
            f"The answer was {answer.status_code} {answer.reason_phrase}, and no page of the API.",
            status=answer.status_code,
            remedy="Is this the address of a Foresight site?",
        ) from None
    raise ApiError(message, status=answer.status_code, **parts)

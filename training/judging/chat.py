"""One request to an OpenAI-compatible server: what is sent, and what each answer means. No retries here."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from dataclasses import dataclass
from typing import Any

import httpx

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.timing import asked_wait

MAX_REPLY_BYTES = 1024 * 1024
"""Of a whole answer. A verdict is a line; what sends more is no judge."""
_WORTH_A_RETRY = frozenset({408, 425, 429})  # and all from 500
_TOO_LONG = re.compile(r"context.?length|context.?window|too.?long|maximum.{0,40}tokens", re.IGNORECASE)
_SHOWN = 200  # characters of a server's own words in a message


class RequestFailed(Exception):
    """A request that may succeed when it is made again.

    Args:
        why: a sentence without a full stop.
        wait: seconds the server asked to wait, where it did.
    """

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the model said."""

    text: str
    too_long: bool = False  # the server says the question does not fit the model; `text` is its words


class ChatServer:
    """Sends questions to the model that the settings name.

    The key is read from the environment variable that the settings name; it stands in no setting, no
    message and no log.

    Raises ForesightError where that variable is not set.
    """

    def __init__(self, config: JudgeConfig) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request
        self._config = config
        self._key = _key(config.key_variable)
        self._address = config.url.rstrip("/") + "/chat/completions"

    def client(self) -> httpx.AsyncClient:
        """A client for one batch of requests; the caller closes it."""
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        most = self._config.max_concurrent
        return httpx.AsyncClient(
            headers=headers,
            timeout=self._config.timeout_seconds,
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=most),
        )

    async def ask(self, client: httpx.AsyncClient, question: str) -> ChatReply:
        """The model's reply.

        Raises:
            RequestFailed: no connection, no reply in time, a status worth a retry, no chat completion.
            ForesightError: a status that no retry changes.
        """
        body = {
            "model": self._config.model,
            "messages": [{"role": "user", "content": question}],
            "temperature": self._config.temperature,
            "max_tokens": self._config.max_reply_tokens,
        }
        seconds = self._config.timeout_seconds
        try:
            # httpx counts the time between two packets; a server that drips would never be late.
            async with asyncio.timeout(seconds), client.stream("POST", self._address, json=body) as response:
                status, wait = response.status_code, asked_wait(response.headers.get("Retry-After"))
                content = await _read(response)
        except (TimeoutError, httpx.TimeoutException):
            raise RequestFailed(f"no reply within {seconds:g} s") from None
        except httpx.InvalidURL as error:
            raise ForesightError(
                f"This is no address: {error}.", field="judge.url", remedy="Correct it."
            ) from error
        except httpx.RequestError as error:
            raise RequestFailed(self._without_key(f"no connection ({_words(error)})")) from None
        if status == 200:
            return ChatReply(_message(content))
        return self._refused(status, wait, content)

    def _refused(self, status: int, wait: float | None, content: bytes) -> ChatReply:
        """A status that is no success: too long a question is a reply, everything else is raised."""
        said = self._without_key(_error_text(content))
        shown = f"HTTP {status}: {said[:_SHOWN]}" if said else f"HTTP {status}"
        if status in _WORTH_A_RETRY or status >= 500:
            raise RequestFailed(shown, wait)
        if status == 413 or (status in {400, 422} and _TOO_LONG.search(said)):
            return ChatReply(shown, too_long=True)
        if status in {401, 403}:
            variable = self._config.key_variable
            raise ForesightError(
                f"The judge refuses the key in {variable} ({shown})."
                if variable
                else f"The judge asks for a key ({shown}).",
                field="judge.key_variable",
                remedy="Name the environment variable of the worker that holds the right key.",
            )
        if status == 404:
            of_model = "model" in said.casefold()
            raise ForesightError(
                f"The judge's server has no model {self._config.model!r} ({shown})."
                if of_model
                else f"There is no judge at this address ({shown}).",
                field="judge.model" if of_model else "judge.url",
                remedy="Give the name the server lists under /v1/models."
                if of_model
                else "Give the address up to /v1.",
            )
        raise ForesightError(
            f"The judge refuses the request ({shown}).",
            field="judge",
            remedy="Correct the judge's settings, or the server's.",
        )

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def _key(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise ForesightError(
            f"The environment variable {variable} holds no key."
            if key
            else f"The environment variable {variable} is not set where the judge is asked.",
            field="judge.key_variable",
            remedy="Set it for the worker and start the worker again.",
        )
    return key


async def _read(response: httpx.Response) -> bytes:
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MAX_REPLY_BYTES:
            raise RequestFailed(f"a reply of more than {MAX_REPLY_BYTES // 1024} KB")
    return bytes(content)


def _message(content: bytes) -> str:
    """The text of a chat completion's first choice; "" where the model said nothing."""
    data = _parsed(content)
    if data is None:
        raise RequestFailed("the reply is no JSON")
    try:
        text = data["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise RequestFailed("the reply is no chat completion") from None
    if not isinstance(text, str | None):
        raise RequestFailed("the reply is no chat completion")
    return (text or "").encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair


def _error_text(content: bytes) -> str:
    """A server's own words about an error, in one line."""
    data = _parsed(content)
    found: Any = data
    if isinstance(data, dict):
        found = data.get("error", data.get("message", data.get("detail", "")))
        if isinstance(found, dict):
            found = found.get("message", "")
    text = found if isinstance(found, str) else content.decode("utf-8", "replace")
    return " ".join(text.split())


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__

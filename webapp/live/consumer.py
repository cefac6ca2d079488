"""The websocket of a job: pages its events from the database by cursor, woken by the doorbell.

The socket is no record. A client that comes back sends the last cursor it has and misses nothing;
without Redis it is served all the same, by a look each second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from django.db import DatabaseError
from django.utils.translation import override
from redis.exceptions import RedisError

from webapp.accounts.sessions import user_of_session
from webapp.jobs.models import Job
from webapp.live.doorbell import group_name
from webapp.live.messages import PAGE, read_message
from webapp.words.scope import language_of_scope

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
SEND_SECONDS = 10.0
SESSION_SECONDS = 15.0
"""How often an open socket checks that its session has not been signed out, and that the job may still be seen."""
NOT_FOUND, SIGNED_OUT, TOO_SLOW, BAD_MESSAGE = 4404, 4401, 4408, 4400


class JobConsumer(AsyncJsonWebsocketConsumer):
    # Channels would ask the layer for a channel before it accepts: no page could open without Redis.
    channel_layer_alias = ""

    async def connect(self) -> None:
        self.job_id: int = self.scope["url_route"]["kwargs"]["job_id"]
        self.cursor: int | None = None
        self.language = language_of_scope(self.scope)
        self.bell = asyncio.Event()
        self.work: list[asyncio.Task[None]] = []
        if not await self._is_mine():
            await self.close(code=NOT_FOUND)  # before accept: the handshake is answered with 403
            return
        await self.accept()
        self.work = [asyncio.create_task(self._pump()), asyncio.create_task(self._listen())]

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        after = content.get("after") if isinstance(content, dict) else None
        if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**63:
            await self.close(code=BAD_MESSAGE)
            return
        self.cursor = after
        self.bell.set()

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """Parse a message; what is no JSON becomes None, which closes the socket as a bad message."""
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def disconnect(self, code: int) -> None:
        for task in self.work:
            task.cancel()
        await asyncio.gather(*self.work, return_exceptions=True)

    async def _is_mine(self) -> bool:
        user = self.scope["user"]
        return bool(
            user.is_authenticated and await Job.objects.seen_by(user).filter(pk=self.job_id).aexists()
        )

    async def _pump(self) -> None:
        """Send what is new, each second or when the bell rings, until the client, job or session is gone."""
        checked = time.monotonic()
        shown: dict[str, Any] = {}
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.bell.wait(), POLL_SECONDS)
            self.bell.clear()
            try:
                if time.monotonic() - checked > SESSION_SECONDS:
                    checked = time.monotonic()
                    if not await self._signed_in():
                        return await self.close(code=SIGNED_OUT)
                    if not await self._is_mine():  # a membership has ended
                        return await self.close(code=NOT_FOUND)
                if self.cursor is not None:
                    shown = await self._send_news(shown)
            except DatabaseError as error:
                logger.warning("Live page of job %s: the database does not answer (%s)", self.job_id, error)
            except TimeoutError:
                # The client does not read. It resumes by cursor when it comes back.
                return await self.close(code=TOO_SLOW)

    async def _send_news(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Send pages of events until there are no more; returns the state the client has seen."""
        more = True
        while more and self.cursor is not None:
            after = self.cursor
            message = await database_sync_to_async(self._read)(after)
            if message is None:
                await self.close(code=NOT_FOUND)
                return shown
            if self.cursor != after:  # the client has asked for another place meanwhile
                continue
            events = message["events"]
            state = {key: value for key, value in message.items() if key not in {"events", "cursor"}}
            if events or state != shown:
                await asyncio.wait_for(self.send_json(message), SEND_SECONDS)
                shown = state
                self.cursor = message["cursor"]
            more = len(events) == PAGE
        return shown

    def _read(self, after: int) -> dict[str, Any] | None:
        """One message in the language of the page; runs in a thread of its own."""
        with override(self.language):
            return read_message(self.job_id, after)

    async def _signed_in(self) -> bool:
        key = self.scope["session"].session_key
        user = await database_sync_to_async(user_of_session)(key)
        return bool(user.is_authenticated and user.pk == self.scope["user"].pk)

    async def _listen(self) -> None:
        """Turn rings into wake-ups. A Redis that is away is tried again; the poll serves meanwhile."""
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(group_name(self.job_id), channel)
                try:
                    while True:
                        await layer.receive(channel)
                        self.bell.set()
                finally:
                    await layer.group_discard(group_name(self.job_id), channel)
            except (RedisError, OSError) as error:
                logger.debug("No doorbell for the live page of job %s: %s", self.job_id, error)
                await asyncio.sleep(POLL_SECONDS)

"""A websocket client that speaks ASGI to the application, without a server between them."""

from __future__ import annotations

import json
from typing import Any

from asgiref import testing

Communicator: Any = testing.ApplicationCommunicator  # asgiref leaves it untyped


class Socket:
    """One connection to `path`."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "headers": headers,
            "query_string": b"",
            "subprotocols": [],
        }
        self._app = Communicator(application, scope)

    async def open(self) -> bool:
        """Whether the handshake was accepted."""
        await self._app.send_input({"type": "websocket.connect"})
        return bool((await self._app.receive_output(5))["type"] == "websocket.accept")

    async def send(self, text: str) -> None:
        await self._app.send_input({"type": "websocket.receive", "text": text})

    async def ask(self, after: int) -> None:
        await self.send(json.dumps({"after": after}))

    async def receive(self, timeout: float = 5) -> Any:
        """The next message, as Python data."""
        return json.loads((await self._app.receive_output(timeout))["text"])

    async def closed_with(self, timeout: float = 5) -> int:
        """The code of the close that comes next."""
        output = await self._app.receive_output(timeout)
        assert output["type"] == "websocket.close"
        return int(output["code"])

    async def silent(self, seconds: float) -> bool:
        return bool(await self._app.receive_nothing(seconds, 0.02))

    async def close(self) -> None:
        await self._app.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._app.wait(5)

"""The queue: what is at work, what waits, and in which order."""

from __future__ import annotations

from foresight.models import Changed, QueueOut
from foresight.resources.base import Resource


class Queue(Resource):
    def show(self) -> QueueOut:
        return QueueOut.model_validate(self._transport.json("GET", "/queue"))

    def move(self, job: int, to: str) -> Changed:
        """`to` is first, up or down: your own among your own places, any among all for staff.

        Not tried again when the answer is lost: the job may have moved already.
        """
        return Changed.model_validate(self._transport.json("POST", f"/queue/{job}/move", json={"to": to}))

    def cancel(self, job: int) -> Changed:
        """End a job at work, or take one that waits out of the queue."""
        path = f"/queue/{job}/cancel"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))

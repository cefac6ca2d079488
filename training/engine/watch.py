"""Ends a run that cannot go on, where verl would wait for ever.

Two faults are looked for: a process of the run that died, and no progress for a long time. Both
end in a ForesightError that says trying again can help. A SIGTERM ends the run in the same way,
with SystemExit.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any, Self

from training.contract.errors import ForesightError

LOOK_SECONDS = 5.0
"""How often the processes are asked whether they live."""


class Watch:
    """Guards one run, in the main thread. A context manager: signals are its own while it is open.

    Args:
        patience: seconds without progress after which the run is given up.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._actors: list[Any] = []
        self._pings: dict[Any, Any] = {}
        self._last_look = 0.0
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._give_up)
            self._previous[signal.SIGTERM] = signal.signal(signal.SIGTERM, _stop)
            self.progress()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._previous:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    def progress(self) -> None:
        """Something was achieved: the patience begins again."""
        if self._previous:
            signal.setitimer(signal.ITIMER_REAL, self._patience)

    def guard(self, actors: Iterable[Any]) -> None:
        """Watch these Ray actors from now on."""
        self._actors = list(actors)

    def look(self) -> None:
        """Ask the guarded actors whether they live; called often, looks every few seconds.

        Raises:
            ForesightError: one of them died.
        """
        now = time.monotonic()
        if now - self._last_look < LOOK_SECONDS:
            return
        self._last_look = now
        import ray

        for actor in self._actors:
            self._pings.setdefault(actor, actor.__ray_ready__.remote())
        answered, _ = ray.wait(list(self._pings.values()), num_returns=len(self._pings), timeout=0)
        for actor in [actor for actor, ping in self._pings.items() if ping in answered]:
            try:
                ray.get(self._pings.pop(actor))
            except ray.exceptions.RayActorError as error:
                raise lost_process(error) from error

    def _give_up(self, number: int, frame: FrameType | None) -> None:
        raise ForesightError(
            f"Training made no progress for {self._patience / 60:.0f} minutes.",
            field="engine",
            remedy="Try again; the run goes on from its last checkpoint.",
            retryable=True,
        )


def lost_process(error: BaseException) -> ForesightError:
    """The error for a process of the engine that died."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ForesightError(
        f"The training engine lost one of its processes: {first}",
        field="engine",
        remedy="Try again; the run goes on from its last checkpoint. If it happens again, the machine may be "
        "short of memory.",
        retryable=True,
    )


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)

"""The trainer's side of the run's judge: starts it, watches it, and asks what a step's verdicts took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from training.contract.errors import ForesightError
from training.contract.events import Event, LogLine
from training.engine.judge_server import (
    MOST_WAITING,
    JudgeCounts,
    JudgeServer,
    JudgeState,
    ask_through,
)
from training.engine.methods.base import AskJudge
from training.engine.overrides import Device, judge_name
from training.engine.session import Session
from training.judging.pairs_file import pairs_path
from training.models.catalogue import foresight_home

LOOK_SECONDS = 5.0
"""How often the judge is asked how it does."""
TOLD_SECONDS = 60.0
"""A judge that is asked again is told of no more often."""


class Answers(Protocol):
    """How the desk hears from the judge."""

    def state(self) -> JudgeState | None:
        """How it did a moment ago; None: it has not said yet. Never waits."""

    def state_now(self) -> JudgeState:
        """How it does. Waits for it."""

    def take(self) -> JudgeCounts:
        """What was judged since the last call."""


class JudgeDesk:
    """One run's judge, as the trainer sees it.

    Args:
        answers: the judge.
        emit: writes an event.
        progressed: called when the judge did something, so that waiting for it is no standstill.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        answers: Answers,
        emit: Callable[[Event], None],
        progressed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answers = answers
        self._emit = emit
        self._progressed = progressed
        self._clock = clock
        self._last_look = -LOOK_SECONDS
        self._last_told = -TOLD_SECONDS
        self._seen = (0, 0)  # verdicts and retries
        self._told = 0  # retries

    def look(self) -> None:
        """Ask how the judge does; called often, asks every few seconds.

        A verdict and a request made again are progress: the judge's own retries end, so waiting for it
        does too.
        """
        now = self._clock()
        if now - self._last_look < LOOK_SECONDS:
            return
        state = self._answers.state()
        if state is None:
            return
        self._last_look = now
        if (state.given, state.retries) != self._seen:
            self._seen = (state.given, state.retries)
            self._progressed()
        if state.retries > self._told and now - self._last_told >= TOLD_SECONDS:
            self._told, self._last_told = state.retries, now
            self._emit(LogLine(level="warning", text=waiting_text(state)))

    def take(self) -> dict[str, float | None]:
        """The catalogue's metrics of what was judged since the last call."""
        return judge_metrics(self._answers.take())

    def failure(self) -> ForesightError:
        """Why verdicts are missing."""
        return self._answers.state_now().failure or ForesightError(
            "The judge gave no verdict and does not say why; the trainer's log has the reason.",
            field="judge",
            remedy="Try again; the run goes on from its last checkpoint.",
            retryable=True,
        )


def waiting_text(state: JudgeState) -> str:
    """What is told while a judge is asked again."""
    pairs = "1 pair waits" if state.waiting == 1 else f"{state.waiting} pairs wait"
    requests = "1 request was" if state.retries == 1 else f"{state.retries} requests were"
    return f"{state.last_retry} {pairs} for a verdict; {requests} repeated so far."


def judge_metrics(counts: JudgeCounts) -> dict[str, float | None]:
    """Counts under the catalogue's keys; None where nothing was asked."""
    fresh = counts.asked - counts.cached
    return {
        "judge/asked": float(counts.asked),
        "judge/cached": counts.cached / counts.asked if counts.asked else None,
        "judge/seconds": counts.seconds / fresh if fresh else None,
        "judge/retries": float(counts.retries),
        "time/judge": counts.busy,
    }


class RayAnswers:
    """A JudgeServer, asked through Ray."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor
        self._pending: Any = None

    def state(self) -> JudgeState | None:
        import ray

        if self._pending is None:
            self._pending = self._actor.state.remote()
        answered, _ = ray.wait([self._pending], timeout=0)
        if not answered:
            return None
        pending, self._pending = self._pending, None
        found: JudgeState = ray.get(pending)
        return found

    def state_now(self) -> JudgeState:
        import ray

        found: JudgeState = ray.get(self._actor.state.remote())
        return found

    def take(self) -> JudgeCounts:
        import ray

        found: JudgeCounts = ray.get(self._actor.take.remote())
        return found


@dataclass(frozen=True, slots=True)
class RunningJudge:
    """The judge of a run, and the trainer's desk for it."""

    actor: Any
    ask: AskJudge
    desk: JudgeDesk


def start_judge(
    session: Session, policy: Path, attempt: int, device: Device, progressed: Callable[[], None]
) -> RunningJudge:
    """Start the run's judge and wait until it is ready.

    A local judge computes on the CPU, or on a GPU that the run leaves free: the policy's GPUs have no room.

    Raises:
        ray.exceptions.RayTaskError: of the ForesightError that says why this judge cannot be.
    """
    import ray

    resources = session.config.resources
    present: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    spare = present.get("GPU", 0) - resources.nodes * resources.gpus_per_node
    own_gpu = device == "cuda" and session.config.judge.kind == "local" and spare >= 1
    server: Any = ray.remote(JudgeServer)
    actor = server.options(
        name=judge_name(session.config, session.run_dir),
        max_concurrency=MOST_WAITING,
        num_cpus=0,
        num_gpus=1 if own_gpu else 0,
    ).remote(
        session.config.judge,
        policy,
        foresight_home(),
        pairs_path(session.run_dir, attempt),
        "cuda" if own_gpu else "cpu",
        resources.threads,
    )
    ray.get(actor.open.remote())
    return RunningJudge(actor, ask_through(actor), JudgeDesk(RayAnswers(actor), session.emit, progressed))

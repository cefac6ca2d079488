"""What is particular to a method: how its responses are judged, counted, recorded and evaluated.

A run's method is made twice from the same experiment: in the agent loop's workers, where it judges,
and in the trainer, where it does the rest. Everything else in the engine is the same for all methods.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from training.contract.events import EvaluationDone, TasksEvaluated
from training.contract.experiment import ExperimentConfig
from training.engine.sampler import Sampler
from training.engine.tokens import decode
from training.judging.pair import Pair
from training.records import AnyTask, Reward, RolloutGroup, TaskKind, Verdict

AskJudge = Callable[[Pair], Awaitable[Verdict | None]]
"""Asks the run's judge; None: it is down, and the run is about to end."""

_TaskT = TypeVar("_TaskT", bound=AnyTask, contravariant=True)
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a method works with."""

    config: ExperimentConfig
    tokenizer: Any  # the policy's
    end_ids: tuple[int, ...]  # the tokens that end a response
    ask: AskJudge | None = None  # None: the method asks no judge
    constant_answer: bytes = b""  # of the task file

    def read(self, response_ids: Sequence[int]) -> tuple[str, bool]:
        """A response as text, special tokens kept, and whether the token limit stopped it."""
        truncated = not response_ids or response_ids[-1] not in self.end_ids
        return decode(self.tokenizer, response_ids), truncated

    @property
    def end_tokens(self) -> list[str]:
        """The texts of the tokens that end a response."""
        return [decode(self.tokenizer, [token]) for token in self.end_ids]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response as it was judged in its rollout. It travels with the response to the trainer."""

    response: str  # special tokens kept
    truncated: bool  # stopped by the token limit, not by an end token
    reward: Reward  # the replay buffer may still settle its value by the group
    settled: bool = True  # False: the judge is down, and the reward is none
    first_token: bytes | None = None  # of the prediction, tokenised in context; None: it has none
    first_probability: float | None = None  # of that token at the plain context; None: not asked for
    argmax_id: int | None = None  # plain argmax at the context; None: not asked for

    def plain(self) -> dict[str, Any]:
        """The outcome as verl's queue carries it: it makes dicts of records on the way."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Outcome:
        """The outcome that `plain` came from."""
        reward, verdict = plain["reward"], plain["reward"]["verdict"]
        restored = Reward(**{**reward, "verdict": None if verdict is None else Verdict(**verdict)})
        return cls(**{**plain, "reward": restored})


class Policy(Protocol):
    """The weights that sampled a response, for a judge that asks them."""

    async def argmax(self, prompt_ids: Sequence[int]) -> int:
        """The most likely next token."""

    async def probability(self, prompt_ids: Sequence[int], token: int) -> float:
        """The probability of `token` next, at temperature 1."""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What a rollout file says of a task: the fields of GroupRecord under their own names."""

    kind: TaskKind
    document: int
    document_name: str
    context: str
    prompt: str
    truth: str
    token_index: int = 0
    byte_start: int = 0
    byte_end: int = 0
    entropy: float = 0.0
    boundaries: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    following: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What an evaluation in a run has to work with."""

    step: int
    tasks: tuple[Any, ...]  # of the method's class
    sampler: Sampler  # the rollout servers, with the weights after `step` steps
    parameters: int  # of the model
    file: Path  # where the answers go
    progressed: Callable[[], None]  # called after each part of the tasks
    finish: Callable[[Coroutine[Any, Any, Any]], Any]  # runs a coroutine, with an eye on the run meanwhile
    lost_judge: Callable[[], Exception]  # why verdicts are missing


class Method(Protocol[_TaskT]):
    """One method. The names of `registry.METHODS` lead to these."""

    conditional: bool
    """Rewards count only in a group in which something is right."""

    async def judge(
        self, task: _TaskT, response_ids: Sequence[int], *, first: bool, policy: Policy
    ) -> Outcome:
        """Judge one response in its rollout; `first` says that it is the first of its group."""

    def weight(self, task: _TaskT) -> float:
        """Of a task's rollouts in the loss."""

    def facts(self, task: _TaskT) -> TaskFacts:
        """What a rollout file says of a task."""

    def metrics(self, groups: Sequence[RolloutGroup]) -> dict[str, float | None]:
        """What the catalogue counts for this method alone over the groups of a step."""

    def evaluate(self, held_out: HeldOut) -> EvaluationDone | TasksEvaluated:
        """Measure the policy on the run's held-out tasks, and write the answers down."""

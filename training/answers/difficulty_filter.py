"""The difficulty filter: problems the policy always or never solves have no gradient, and are left out.

Each problem is asked some times with the weights GRPO begins with, as rollouts are drawn (RPT 4.3 keeps
hard items by the answers of a larger model; which weights are asked is [open]). Counts are kept as they
come: a filter that was stopped goes on, and one that was made before costs nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.answers.check import check_answer
from training.contract.errors import ForesightError
from training.engine.sampler import AskedRule, Sampler
from training.engine.tokens import decode
from training.models.generate import Sampled
from training.records import ProblemTask

OnProgress = Callable[[int], None]
"""Called with the problems counted so far."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """What the filter kept, and why it left out the rest."""

    kept: tuple[ProblemTask, ...]
    never: int  # problems without a right response
    always: int  # problems without a wrong one

    @property
    def words(self) -> str:
        """`112 of 256 problems kept; 90 never solved, 54 always`."""
        total = len(self.kept) + self.never + self.always
        return f"{len(self.kept)} of {total} problems kept; {self.never} never solved, {self.always} always"


@dataclass(frozen=True, slots=True)
class Solver:
    """A policy that solves problems, and how its responses are read."""

    sampler: Sampler
    tokenizer: Any
    end_tokens: tuple[str, ...]
    rule: AskedRule  # its seed is each call's own

    def right(self, tasks: Sequence[ProblemTask], seed: int) -> list[int]:
        """Right responses of each task."""
        given = self.sampler.sample([task.prompt_ids for task in tasks], replace(self.rule, seed=seed))
        return [
            sum(self._solves(task, one) for one in responses)
            for task, responses in zip(tasks, given, strict=True)
        ]

    def _solves(self, task: ProblemTask, response: Sampled) -> bool:
        reward = check_answer(
            decode(self.tokenizer, response.token_ids),
            task.answer,
            truncated=response.truncated,
            think_prefilled=task.think_prefilled,
            end_tokens=self.end_tokens,
        )
        return reward.value > 0


def filter_tasks(
    tasks: Sequence[ProblemTask],
    open_solver: Callable[[], Solver],
    samples: int,
    seed: int,
    together: int,
    cache_file: Path,
    on_progress: OnProgress,
) -> Filtered:
    """Leave out the problems that are always or never solved in `samples` responses.

    Args:
        tasks: the training problems.
        open_solver: loads the policy; not called where every count is known.
        samples: responses to each problem.
        seed: draws the responses; each part of the problems has a seed of its own.
        together: problems asked in one call.
        cache_file: counts known from before, one JSON line each; new ones are added.
        on_progress: hears how far it is.

    Raises:
        ForesightError: no problem is left.
    """
    known = _read(cache_file)
    cache_file.parent.mkdir(parents=True, exist_ok=True)
    solver: Solver | None = None
    for start in range(0, len(tasks), together):
        part = tasks[start : start + together]
        if any(_key(task) not in known for task in part):
            solver = solver or open_solver()
            found = dict(zip(map(_key, part), solver.right(part, seed + start), strict=True))
            with open(cache_file, "a", encoding="utf-8") as file:
                file.writelines(json.dumps({"task": key, "right": n}) + "\n" for key, n in found.items())
            known.update(found)
        on_progress(start + len(part))
    counts = [known[_key(task)] for task in tasks]
    kept = tuple(task for task, right in zip(tasks, counts, strict=True) if 0 < right < samples)
    filtered = Filtered(kept, counts.count(0), counts.count(samples))
    if not kept:
        raise ForesightError(
            f"The difficulty filter leaves no problem: {filtered.never} were never solved in {samples} "
            f"responses, {filtered.always} always.",
            field="method.filter_samples",
            remedy="Use other problems, teach the form of an answer first (cold start), or ask more often.",
        )
    return filtered


def cache_name(*what: object) -> str:
    """The name of a cache file: the same for the same weights, prompt and way of drawing."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:24] + ".jsonl"


def _key(task: ProblemTask) -> str:
    return hashlib.sha256(f"{task.prompt}\n{task.answer}".encode()).hexdigest()[:24]


def _read(path: Path) -> dict[str, int]:
    """Counts of an earlier filter; a last line that was cut off is taken away."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    rows = [json.loads(line) for line in whole.splitlines()]
    return {row["task"]: row["right"] for row in rows}

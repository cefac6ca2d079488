"""Where verdicts come from: a model that is asked, or what stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from training.judging.pair import Pair
from training.records import Verdict


class Found(Protocol):
    """Takes a verdict as soon as it is there, so that a failure later in the call loses none."""

    def __call__(self, index: int, verdict: Verdict, *, keep: bool = True) -> None:
        """`index`: the pair's place in the call. `keep`: whether the same verdict would come again."""


class Source(Protocol):
    """Asks for verdicts and remembers none."""

    name: str  # kind and model, as verdicts carry it
    identity: str  # what a verdict depends on beside the pair and the prompt's text

    async def ask(self, pairs: Sequence[Pair], found: Found) -> None:
        """Hand over one verdict for each pair, in any order.

        Raises:
            JudgeDown: some pairs have none; asking again may help.
            ForesightError: they never will.
        """

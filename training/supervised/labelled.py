"""A sequence of tokens, some of which are learnt: what every kind of supervised training hands to the learner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """Tokens in order, and which of them count in the loss. The first has nothing before it and never counts."""

    ids: tuple[int, ...]
    learnt: tuple[bool, ...]

    @classmethod
    def whole(cls, ids: Sequence[int]) -> Labelled:
        """Every token is learnt, as in pre-training."""
        return cls(tuple(ids), (False, *(True,) * (len(ids) - 1)))

    @classmethod
    def response(cls, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> Labelled:
        """Only the response to a prompt is learnt."""
        return cls((*prompt_ids, *response_ids), (*(False,) * len(prompt_ids), *(True,) * len(response_ids)))

    @property
    def count(self) -> int:
        """Tokens that count in the loss."""
        return sum(self.learnt)

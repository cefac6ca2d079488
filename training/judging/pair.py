"""What a judge is asked: a reference, a prediction and the rule between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rule = Literal["prefix", "strict"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One prediction that needs a judge; equal pairs have equal verdicts."""

    rule: Rule  # prefix: of a beginning of the reference; strict: of the whole reference
    reference: str  # under prefix the following segments joined, under strict the target alone
    predicted: str  # between the tags, without the whitespace around it

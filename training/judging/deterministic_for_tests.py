"""Word overlap in the place of a judge: for tests and for trying things out, no judge at all.

It understands nothing: words in another order count, a synonym does not. The same pair always
gets the same verdict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from training.judging.pair import Pair
from training.judging.source import Found
from training.records import Verdict

NAME = "deterministic_for_tests"

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# A Chinese, Japanese or Korean character is a word: those scripts write few spaces or none.
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")


class DeterministicForTests:
    """Scores by counting words."""

    name = NAME
    identity = NAME

    async def ask(self, pairs: Sequence[Pair], found: Found) -> None:
        """1 or 0 for each pair, as `overlaps` says."""
        for index, pair in enumerate(pairs):
            score = int(overlaps(pair))
            found(index, Verdict(score, f"Score: {score}", NAME, False, 0.0))


def overlaps(pair: Pair) -> bool:
    """Whether more than half of the words are shared, in any order, case and punctuation aside.

    Under strict they are counted against the whole reference, under prefix against as many first
    words of it as the prediction has. A prediction of more words than the reference is never right:
    one that goes on into a second segment is wrong under strict and may be right under prefix.
    """
    predicted, reference = _words(pair.predicted), _words(pair.reference)
    if not predicted or len(predicted) > len(reference):
        return False
    beginning = reference if pair.rule == "strict" else reference[: len(predicted)]
    shared = (Counter(predicted) & Counter(beginning)).total()
    return 2 * shared > len(beginning)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())

"""RLPT's reward: is the predicted segment what the text says next? Pure; the judge is asked elsewhere.

`examine` says what can be said of a response without a judge, or what a judge is to be asked;
`settle` makes the reward of the verdict (RLPT 3.2, METHODS B5):

- strict: the reference is the target segment s_i alone, which the prediction must say whole.
- prefix: the reference is s_i, s_i+1 ... joined, of which the prediction must say a beginning.

Two gates stand before the judge. A prediction of fewer words than `minimum_coverage` of the
target's earns nothing: "Thus," would be a valid beginning of nearly everything. In MSR a prediction
that holds nothing but words of the segment shown after the gap earns nothing. Words are compared
without case and without the punctuation of prose; a Chinese, Japanese or Korean character counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from training.contract.settings.segments import RlptConfig
from training.judging.pair import Pair, Rule
from training.records import Reason, Reward, SegmentTask, Verdict
from training.rewards.tags import extract_segment

# Signs of operations stay: `x < 5` and `x > 5` are different words.
_PROSE_MARKS = str.maketrans("", "", ".,;:!?…\"'`$“”‘’«»。，、；：！？·「」『』（）《》〈〉【】")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(f"[{_CJK}]|[^\\s{_CJK}]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A prediction that passed the gates: what the judge is asked, and what the reward will carry."""

    pair: Pair
    prediction: bytes  # as it stands between the tags
    thought: str


def examine(
    task: SegmentTask,
    response: str,
    *,
    truncated: bool,
    end_tokens: Sequence[str],
    config: RlptConfig,
) -> Reward | Asked:
    """The reward of a response where it needs no judge, else the question for one.

    Args:
        task: what was asked.
        response: the decoded response, without the prompt.
        truncated: it was stopped by the token limit.
        end_tokens: texts of the tokens that end a turn; cut off the end of the response.
        config: the rule and the minimum coverage.
    """
    found = extract_segment(
        response, truncated=truncated, think_prefilled=task.think_prefilled, end_tokens=end_tokens
    )
    if found.reason is not None or found.prediction is None:
        return Reward(0.0, found.reason or "no_prediction", found.prediction, found.thought)
    predicted = found.prediction.decode("utf-8", "replace").strip()
    refused = _refused(task, predicted, config.minimum_coverage)
    if refused is not None:
        return Reward(0.0, refused, found.prediction, found.thought)
    return Asked(make_pair(config.rule, task.references, predicted), found.prediction, found.thought)


def settle(examined: Reward | Asked, verdict: Verdict | None) -> Reward:
    """The reward once the judge has spoken; one that needs no judge stays as it is.

    Raises ValueError where a verdict is needed and there is none.
    """
    if isinstance(examined, Reward):
        return examined
    if verdict is None:
        raise ValueError("a prediction that passed the gates needs a verdict")
    reason: Reason = "malformed" if verdict.score is None else "match" if verdict.score else "mismatch"
    return Reward(float(verdict.score or 0), reason, examined.prediction, examined.thought, verdict)


def make_pair(rule: Rule, references: Sequence[str], predicted: str) -> Pair:
    """What a judge is asked of a prediction. `references`: the target first, as SegmentTask has them."""
    reference = references[0] if rule == "strict" else "".join(references)
    return Pair(rule, reference.strip(), predicted.strip())


def coverage(predicted: str, target: str) -> float:
    """Words of the prediction for each word of the target; 1 for a target without words."""
    wanted = len(words(target))
    return len(words(predicted)) / wanted if wanted else 1.0


def says_nothing_but(predicted: str, shown: str) -> bool:
    """Whether a prediction is a part of the shown text, or that text several times, word for word."""
    said, given = words(predicted), words(shown)
    if not said or not given:
        return False
    again = given * (len(said) // len(given) + 1)  # said twice it is still nothing else
    return any(again[at : at + len(said)] == said for at in range(len(again) - len(said) + 1))


def words(text: str) -> list[str]:
    """Words for comparison: no case, no punctuation of prose."""
    return _WORD.findall(text.casefold().translate(_PROSE_MARKS))


def _refused(task: SegmentTask, predicted: str, minimum_coverage: float) -> Reason | None:
    if coverage(predicted, task.references[0]) < minimum_coverage:
        return "too_short"
    if task.kind == "msr" and says_nothing_but(predicted, task.following):
        return "copied"
    return None

"""What a stored group would have earned under a reward rule, from its record alone. Pure; runs no model.

The rules are those of `training/rewards` (METHODS A5). What a rule needs beyond prediction and truth stands in
the record: the prediction's first token in context, and the policy's probability of it where a dense rule
asked. Where it does not, the answer is "not known" and never a guess.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from training.contract.rollout_file import GroupRecord, RolloutRecord

RULES: dict[str, str] = {
    "prefix": "Prefix",
    "first_token": "First token",
    "dense": "Dense",
    "conditional_dense": "Conditional dense",
}
_NO_ANSWER = frozenset({"truncated", "no_think_end", "no_box", "unbalanced", "empty"})


def rewards_under(record: GroupRecord, rule: str) -> tuple[float, ...] | None:
    """The rewards of the group's rollouts under `rule`, a name of RULES; None where the record does not say."""
    if rule == "prefix":
        return tuple(_prefix(rollout, record) for rollout in record.rollouts)
    if rule == "first_token":
        return _first_token(record)
    kept = _keeps_first_tokens(record)
    found = [_dense(rollout, record, kept) for rollout in record.rollouts]
    known = [value for value in found if value is not None]
    if rule == "conditional_dense" and not any(_prefix(rollout, record) for rollout in record.rollouts):
        return tuple(0.0 for _ in found)  # whatever the probabilities are
    return tuple(known) if len(known) == len(found) else None


def has_signal(rewards: Sequence[float]) -> bool:
    """Whether the rewards differ: a group of equal ones gives no gradient."""
    return len(set(rewards)) > 1


def _judged(rollout: RolloutRecord) -> bool:
    """Whether the rollout has a prediction that a rule looks at."""
    return rollout.reason not in _NO_ANSWER and bool(rollout.prediction_bytes)


def _prefix(rollout: RolloutRecord, record: GroupRecord) -> float:
    answer = rollout.prediction_bytes or b""
    right = _judged(rollout) and record.truth.encode().startswith(answer) and len(answer) in record.boundaries
    return float(right)


def _first_token(record: GroupRecord) -> tuple[float, ...] | None:
    if not _keeps_first_tokens(record):
        return None
    target = record.truth.encode()[: record.boundaries[0]]
    return tuple(float(_judged(rollout) and _first(rollout) == target) for rollout in record.rollouts)


def _keeps_first_tokens(record: GroupRecord) -> bool:
    """Whether the record was written with first tokens. Not every prediction has one in its context."""
    asked = [rollout for rollout in record.rollouts if _judged(rollout)]
    return not asked or any(rollout.first_token_base64 is not None for rollout in asked)


def _dense(rollout: RolloutRecord, record: GroupRecord, kept: bool) -> float | None:
    if not _judged(rollout) or _prefix(rollout, record):
        return _prefix(rollout, record)
    if _first(rollout) is None:
        return 0.0 if kept else None
    return rollout.first_probability


def _first(rollout: RolloutRecord) -> bytes | None:
    return None if rollout.first_token_base64 is None else base64.b64decode(rollout.first_token_base64)

"""One group of segments or problems as its page shows it: each prediction beside what it is judged against. Pure.

What is right was said in training, by a judge (RLPT) or by Math-Verify (RLVR); nothing is judged again here. Under
RLPT the stored reward is held against the stored verdict.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.trajectories.group import TOLERANCE, Piece, patterns_of, pieces, spread, tone_of
from webapp.trajectories.reasons import reasons_of
from webapp.trajectories.ruler import MissClass
from webapp.trajectories.word_diff import SideBySide, side_by_side

SHOWN_CONTEXT = 800
"""Characters of the context's end that are shown; all of it stands in the prompt."""
SEGMENT_KINDS = frozenset({"asr", "msr"})

_LOOKS: dict[str, tuple[str, str, str]] = {
    # reason: tone, icon, what it means
    "match": ("good", "check", "What was asked for: reward 1."),
    "mismatch": ("bad", "cross", "A prediction that is not what was asked for."),
    "malformed": ("warn", "warning", "The judge's reply holds no line “Score: 0” or “Score: 1”: reward 0."),
    "too_short": (
        "warn", "short", "Fewer words than the minimum coverage of the target. No judge was asked.",
    ),
    "copied": ("warn", "copy", "Nothing but words of the segment after the gap. No judge was asked."),
    "no_prediction": ("bad", "stop", "No complete pair of tags after the thought."),
    "empty": ("bad", "stop", "Nothing but whitespace where the prediction stands."),
    "no_box": ("bad", "stop", "No box after the thought."),
    "no_think_end": ("bad", "stop", "The thought never ended: there is no answer."),
    "unbalanced": ("bad", "stop", "A brace of the box is missing."),
    "truncated": ("bad", "stop", "Stopped by the token limit: earns nothing, whatever it holds."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a rollout."""

    kind: MissClass
    label: str  # of the chip


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One rollout beside what it is judged against."""

    rollout: RolloutRecord
    row: Outcome
    tone: str  # of the advantage: minus-2, minus-1, plus-1, plus-2 or ""
    computed: float | None  # the reward that the stored verdict gives; None: no verdict says
    agrees: bool  # the stored reward is that one, where it is known
    pieces: tuple[Piece, ...]  # the response, cut at the words that show a reasoning pattern
    diff: SideBySide | None  # None: no prediction, or an answer that is right in many forms


@dataclass(frozen=True, slots=True)
class GradedView:
    record: GroupRecord
    strict: bool  # a prediction must say the whole target segment; else a beginning of the references
    context_end: str
    cut: int  # characters of the context before it
    rollouts: tuple[AnswerView, ...]
    classes: tuple[tuple[MissClass, int], ...]  # those that occur, in the order of the reasons
    judges: tuple[str, ...]  # who gave the verdicts
    hits: int
    mean: float
    std: float  # unbiased, as the advantage uses it
    disagreements: int
    patterns: tuple[tuple[str, int], ...]

    @property
    def segments(self) -> bool:
        """Whether segments were asked for, by RLPT; else an answer, by RLVR."""
        return self.record.kind in SEGMENT_KINDS


def graded_view(record: GroupRecord, rule: str = "prefix") -> GradedView:
    """Lay every rollout beside its reference; `rule` is RLPT's, strict or prefix."""
    strict = rule == "strict"
    rollouts = _answers(record, strict)
    counts = Counter(found.row.kind.key for found in rollouts)
    first = {found.row.kind.key: found.row.kind for found in rollouts}
    judges = (one.verdict.judge for one in record.rollouts if one.verdict is not None)
    mean, std = spread([found.reward for found in record.rollouts])
    return GradedView(
        record=record,
        strict=strict,
        context_end=record.context[-SHOWN_CONTEXT:],
        cut=max(0, len(record.context) - SHOWN_CONTEXT),
        rollouts=rollouts,
        classes=tuple((first[key], counts[key]) for key in _LOOKS if counts[key]),
        judges=tuple(dict.fromkeys(judges)),
        hits=sum(found.reason == "match" for found in record.rollouts),
        mean=mean,
        std=std,
        disagreements=sum(not found.agrees for found in rollouts),
        patterns=patterns_of([found.response for found in record.rollouts]),
    )


def _answers(record: GroupRecord, strict: bool) -> tuple[AnswerView, ...]:
    largest = max((abs(found.advantage) for found in record.rollouts), default=0.0)
    reference = record.truth if strict or not record.references else "".join(record.references)
    return tuple(_answer(found, record.kind, reference, strict, largest) for found in record.rollouts)


def _answer(rollout: RolloutRecord, kind: str, reference: str, strict: bool, largest: float) -> AnswerView:
    computed = _by_verdict(rollout) if kind in SEGMENT_KINDS else None
    predicted = (rollout.prediction or "").strip()
    diff = None
    if predicted and kind in SEGMENT_KINDS:
        diff = side_by_side(predicted, reference.strip(), beginning=not strict)
    return AnswerView(
        rollout=rollout,
        row=_outcome(rollout.reason, kind),
        tone=tone_of(rollout.advantage, largest),
        computed=computed,
        agrees=computed is None or abs(computed - rollout.reward) < TOLERANCE,
        pieces=pieces(rollout.response),
        diff=diff,
    )


def _by_verdict(rollout: RolloutRecord) -> float | None:
    """The reward that the stored verdict gives. Where no judge was asked, nothing was earned."""
    if rollout.verdict is not None:
        return float(rollout.verdict.score or 0)
    return None if rollout.reason in {"match", "mismatch", "malformed"} else 0.0


def _outcome(reason: str, kind: str) -> Outcome:
    words = reasons_of(kind).get(reason, reason)
    label = words[:1].upper() + words[1:]
    tone, icon, help_text = _LOOKS.get(reason, ("warn", "warning", "A reason this page does not know."))
    return Outcome(MissClass(reason, label, tone, icon, help_text), label)

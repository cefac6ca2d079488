"""One group as its page shows it: the truth's ruler, a row for each rollout, the same context elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import zstandard

from training.contract.errors import ForesightError
from training.contract.patterns import KEYWORDS, patterns_in, spans
from training.contract.rollout_file import GroupRecord, RolloutRecord, read_group
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.glyphs import Glyph, glyphs
from webapp.trajectories.ruler import CLASSES, TRUNCATED, MissClass, RulerRow, classify
from webapp.trajectories.rules import rewards_under

TOLERANCE = 1e-6
"""Rewards and advantages are float32 in training."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a response. Joined, the texts are the response."""

    text: str
    pattern: str  # of training.contract.patterns.KEYWORDS, or "" for plain text


@dataclass(frozen=True, slots=True)
class RolloutView:
    """One rollout beside its ruler."""

    rollout: RolloutRecord
    row: RulerRow
    tone: str  # of the advantage: minus-2, minus-1, plus-1, plus-2 or ""
    computed: float | None  # the reward under the run's rule, from the record; None: it needs a model
    agrees: bool  # the stored reward is that one, where it is known
    pieces: tuple[Piece, ...]  # the response, cut at the words that show a reasoning pattern


@dataclass(frozen=True, slots=True)
class GroupView:
    record: GroupRecord
    truth: tuple[Glyph, ...]
    rollouts: tuple[RolloutView, ...]
    classes: tuple[tuple[MissClass, int], ...]  # those that occur, in order; truncated ones apart
    hits: int
    mean: float
    std: float  # unbiased, as the advantage uses it
    disagreements: int
    patterns: tuple[tuple[str, int], ...]  # those that occur, with the responses that show them


def load_group(run: Run, row: RolloutGroup) -> GroupRecord:
    """Read a group's frame. Raises ForesightError when the file is gone or damaged."""
    remedy = "Open another step, or look at the run's log for a full or lost disk."
    path = (run.folder_path / row.file).resolve()
    if not path.is_relative_to(run.folder_path.resolve()):
        raise ForesightError(f"The rollouts of step {row.step} lie outside the run's folder.", remedy=remedy)
    try:
        return read_group(run.folder_path, row.file, row.offset, row.length)
    except FileNotFoundError as error:
        raise ForesightError(
            f"The rollouts of step {row.step} are not on this machine any more.", remedy=remedy
        ) from error
    except (OSError, zstandard.ZstdError, ValueError) as error:
        raise ForesightError(
            f"The rollouts of step {row.step} cannot be read: {error}", remedy=remedy
        ) from error


def group_view(record: GroupRecord, rule: str = "prefix") -> GroupView:
    """Lay every rollout against the truth; `rule` is the run's reward. Pure."""
    truth = record.truth.encode()
    largest = max((abs(found.advantage) for found in record.rollouts), default=0.0)
    known = rewards_under(record, rule)
    computed: Sequence[float | None] = [None] * len(record.rollouts) if known is None else known
    rollouts = tuple(
        _rollout_view(found, truth, record.boundaries, largest, value)
        for found, value in zip(record.rollouts, computed, strict=True)
    )
    mean, std = spread([found.reward for found in record.rollouts])
    return GroupView(
        record=record,
        truth=glyphs(truth, record.boundaries),
        rollouts=rollouts,
        classes=_counted(rollouts),
        hits=sum(found.reason == "match" for found in record.rollouts),
        mean=mean,
        std=std,
        disagreements=sum(not found.agrees for found in rollouts),
        patterns=patterns_of([found.response for found in record.rollouts]),
    )


def _counted(rollouts: Sequence[RolloutView]) -> tuple[tuple[MissClass, int], ...]:
    """How many rollouts each class has; those that ran out of tokens apart from the rest without an answer."""
    counts = Counter(
        TRUNCATED.key if found.rollout.reason == "truncated" else found.row.kind.key for found in rollouts
    )
    return tuple((kind, counts[kind.key]) for kind in (TRUNCATED, *CLASSES.values()) if counts[kind.key])


def same_context(run: Run, row: RolloutGroup) -> list[RolloutGroup]:
    """The groups of other steps that had this very task, by step; of several attempts the latest."""
    same = {"document": row.document, "byte_start": row.byte_start, "kind": row.kind}
    rows = RolloutGroup.objects.of_run(run).filter(**same)
    latest = {found.step: found for found in rows.with_counts().order_by("step", "attempt", "-group")}
    return [found for step, found in sorted(latest.items()) if step != row.step]


def _rollout_view(
    rollout: RolloutRecord,
    truth: bytes,
    boundaries: tuple[int, ...],
    largest: float,
    computed: float | None,
) -> RolloutView:
    row = classify(rollout.prediction_bytes, truth, boundaries, rollout.reason)
    agrees = computed is None or abs(computed - rollout.reward) < TOLERANCE
    return RolloutView(
        rollout, row, tone_of(rollout.advantage, largest), computed, agrees, pieces(rollout.response)
    )


def spread(rewards: Sequence[float]) -> tuple[float, float]:
    """Mean and unbiased standard deviation of a group's rewards, as the advantage uses them."""
    size = len(rewards)
    mean = sum(rewards) / size if size else 0.0
    std = (sum((reward - mean) ** 2 for reward in rewards) / (size - 1)) ** 0.5 if size > 1 else 0.0
    return mean, std


def tone_of(advantage: float, largest: float) -> str:
    """How an advantage is shaded: minus-2, minus-1, plus-1, plus-2, or "" for none. `largest` is of the group."""
    size = abs(advantage)
    if size <= TOLERANCE:
        return ""
    return f"{'plus' if advantage > 0 else 'minus'}-{2 if size > largest / 2 else 1}"


def pieces(text: str) -> tuple[Piece, ...]:
    """A response cut at the words that show a reasoning pattern."""
    found: list[Piece] = []
    at = 0
    for span in spans(text):
        found += [Piece(text[at : span.start], ""), Piece(text[span.start : span.end], span.pattern)]
        at = span.end
    return tuple(piece for piece in (*found, Piece(text[at:], "")) if piece.text)


def patterns_of(responses: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The reasoning patterns that occur, with the responses that show them."""
    counts = Counter(pattern for response in responses for pattern in patterns_in(response))
    return tuple((pattern, counts[pattern]) for pattern in KEYWORDS if counts[pattern])

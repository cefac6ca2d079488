"""Which segments are asked in which order and how: ASR and MSR mixed, every step holding its share. Seeded."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count, islice

from training.models.token_bytes import EncodedDocument
from training.prompts.order import endless_order
from training.prompts.segment_tasks import Kind, SegmentTaskBuilder
from training.records import SegmentedDocument, SegmentTask

Target = tuple[int, int]
"""(Document.index, place of the segment in it)."""


def kinds(asr_share: float, seed: int) -> Iterator[Kind]:
    """The kinds of tasks in turn, without end.

    Among any n tasks in a row there are n x share ASR ones, give or take less than one: a step whose
    share is whole holds it exactly. The seed says only where the turn begins.
    """
    share = Fraction(asr_share).limit_denominator(1_000_000)
    begin = Fraction(random.Random(f"kinds {seed}").randrange(share.denominator), share.denominator)
    for place in count():
        crossed = math.floor(begin + (place + 1) * share) > math.floor(begin + place * share)
        yield "asr" if crossed else "msr"


def endless_tasks(
    builder: SegmentTaskBuilder,
    cuts: Mapping[int, SegmentedDocument],
    encoded: Mapping[int, EncodedDocument],
    targets: Sequence[Target],
    *,
    asr_share: float,
    seed: int,
) -> Iterator[SegmentTask]:
    """Tasks in the seeded order, round after round; it ends only where no more can be asked.

    Each target is asked once before any is asked again. One that cannot be asked in the kind whose
    turn it is gives way to the next.

    Args:
        builder: of the experiment's prompts.
        cuts: the documents in segments, by Document.index.
        encoded: the same documents in the policy's tokens.
        targets: segments that may be predicted.
        asr_share: of the tasks.
        seed: of the order and of the turn of kinds.
    """
    if not targets:
        return
    order = endless_order(targets, seed)
    for kind in kinds(asr_share, seed):
        places = islice(order, 2 * len(targets))  # two rounds without a task: there is none of this kind
        asked = (builder.build(cuts[document], encoded[document], index, kind) for document, index in places)
        task = next((one for one in asked if one is not None), None)
        if task is None:
            return
        yield task

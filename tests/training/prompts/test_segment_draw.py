"""The order of segments and the mixture of kinds."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.prompts.test_segment_tasks import SEGMENTS, builder, cut
from training.models.token_bytes import encode_document
from training.prompts.segment_draw import Target, endless_tasks, kinds
from training.records import SegmentTask

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TARGETS: list[Target] = [(4, 1), (4, 2), (4, 3)]


def drawn(
    tokenizer: PreTrainedTokenizerFast,
    wanted: int,
    *,
    asr_share: float = 0.5,
    seed: int = 0,
    of: tuple[str, ...] = SEGMENTS,
    max_context: int = 500,
) -> list[SegmentTask]:
    document = cut(of)
    tasks = endless_tasks(
        builder(tokenizer, segments={"max_context": max_context}),
        {4: document},
        {4: encode_document(tokenizer, document.document.text)},
        TARGETS,
        asr_share=asr_share,
        seed=seed,
    )
    return list(islice(tasks, wanted))


@given(
    share=st.sampled_from([0.0, 0.25, 0.3, 0.5, 2 / 3, 1.0]),
    seed=st.integers(0, 50),
    start=st.integers(0, 40),
    size=st.integers(1, 40),
)
def test_kinds_of_any_step_hold_their_share(share: float, seed: int, start: int, size: int) -> None:
    step = list(islice(kinds(share, seed), start, start + size))
    assert abs(step.count("asr") - share * size) < 1


def test_kinds_of_a_step_whose_share_is_whole_are_exact() -> None:
    for seed in range(20):
        turn = list(islice(kinds(0.25, seed), 80))
        assert [turn[at : at + 8].count("asr") for at in range(0, 80, 8)] == [2] * 10
    assert {tuple(islice(kinds(0.25, seed), 4)).index("asr") for seed in range(20)} == {0, 1, 2, 3}


def test_each_segment_is_asked_once_before_any_is_asked_again(tokenizer: PreTrainedTokenizerFast) -> None:
    tasks = drawn(tokenizer, 9)
    for start in (0, 3, 6):
        assert sorted(task.index for task in tasks[start : start + 3]) == [1, 2, 3]
    assert len({tuple(task.index for task in tasks[start : start + 3]) for start in (0, 3, 6)}) > 1


def test_same_seed_gives_the_same_tasks_and_a_longer_draw_begins_with_the_shorter(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    assert drawn(tokenizer, 9)[:5] == drawn(tokenizer, 5)
    assert drawn(tokenizer, 9) != drawn(tokenizer, 9, seed=1)


@pytest.mark.parametrize(("asr_share", "kind"), [(1.0, "asr"), (0.0, "msr")])
def test_share_at_its_ends_asks_one_kind_alone(
    tokenizer: PreTrainedTokenizerFast, asr_share: float, kind: str
) -> None:
    assert {task.kind for task in drawn(tokenizer, 6, asr_share=asr_share)} == {kind}


def test_segment_that_cannot_be_asked_gives_way_to_the_next(tokenizer: PreTrainedTokenizerFast) -> None:
    long = ("So long is the first of all of them that it never fits. ", "B is. ", "C is. ", "D is. ", "E.")
    assert {task.index for task in drawn(tokenizer, 6, of=long, max_context=12)} == {2, 3}


def test_target_that_the_next_segment_says_is_no_msr_task(tokenizer: PreTrainedTokenizerFast) -> None:
    twice = ("A. ", "So x is 2. ", "So x is 2. ", "The end is near. ", "B.")
    assert {task.index for task in drawn(tokenizer, 4, asr_share=0.0, of=twice)} == {2, 3}
    assert {task.index for task in drawn(tokenizer, 4, asr_share=1.0, of=twice)} == {1, 2, 3}


def test_draw_ends_where_nothing_can_be_asked(tokenizer: PreTrainedTokenizerFast) -> None:
    long = tuple(f"So long is this one of all of them, number {place}, it never fits. " for place in range(5))
    assert drawn(tokenizer, 6, of=long, max_context=12) == []

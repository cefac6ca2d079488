"""The continuation's bytes and boundaries (METHODS A5)."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.prompts.continuation import begins_character, continuation

EMOJI = "🙂".encode()


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b" size", b" and", b" decreases"], (b" size and decreases", (5, 9, 19))),
        ([b" ", EMOJI[:2], EMOJI[2:], b"!"], (b" " + EMOJI + b"!", (1, 3, 5, 6))),
        ([b" ", EMOJI[:2], EMOJI[2:]], (b" " + EMOJI, (1, 3, 5))),
        ([b" ", EMOJI[:2]], (b" ", (1,))),
        ([EMOJI[:2]], (b"", ())),
        ([b" " + EMOJI[:1], EMOJI[1:]], (b" " + EMOJI, (2, 5))),
        ([b" " + EMOJI[:1]], (b" ", ())),
        ([b"a", b"", b"b"], (b"ab", (1, 2))),
        ([], (b"", ())),
    ],
)
def test_continuation_keeps_the_tokens_own_boundaries(
    pieces: list[bytes], expected: tuple[bytes, tuple[int, ...]]
) -> None:
    assert continuation(pieces) == expected


@given(st.text(min_size=1), st.lists(st.integers(1, 3), max_size=40))
def test_continuation_of_any_split_of_a_text_is_a_prefix_that_is_text(text: str, sizes: list[int]) -> None:
    data = text.encode()
    ends = [0, *accumulate(sizes)]
    pieces = [data[start:end] for start, end in pairwise(ends)]
    truth, boundaries = continuation(pieces)
    assert text.startswith(truth.decode())
    assert len(b"".join(pieces)) - len(truth) < 4
    assert set(boundaries) == {min(end, len(data)) for end in ends} & set(range(1, len(truth) + 1))


@pytest.mark.parametrize(
    ("piece", "expected"), [(b" a", True), (EMOJI, True), (EMOJI[:2], True), (EMOJI[1:], False), (b"", True)]
)
def test_begins_character_of_a_token(piece: bytes, expected: bool) -> None:
    assert begins_character(piece) is expected

"""The true continuation of a context as bytes, with the places where its own tokens end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


def continuation(pieces: Sequence[bytes]) -> tuple[bytes, tuple[int, ...]]:
    """Join the bytes of consecutive tokens and note where each token ends.

    The boundaries come from the document's own tokens. Decoding and tokenising again is wrong: an
    emoji in two tokens between `" "` and `"!"` has the boundaries 1, 3, 5, 6, but 1, 4, 5, 6 after
    that (METHODS A5).

    Args:
        pieces: the tokens' bytes, the first of which begins a character.

    Returns:
        The bytes, cut back to end on a character, and the cumulative byte lengths inside them,
        rising, 0 not among them. A boundary inside a character stays one.
    """
    joined = b"".join(pieces)
    truth = joined.decode("utf-8", "ignore").encode()
    ends = dict.fromkeys(accumulate(len(piece) for piece in pieces))
    return truth, tuple(end for end in ends if 0 < end <= len(truth))


def begins_character(piece: bytes) -> bool:
    """Whether a token's bytes begin on a character of UTF-8 and not inside one."""
    return not piece or piece[0] & 0xC0 != 0x80

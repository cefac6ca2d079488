"""RPT's first-token reward: only the first token of a prediction counts (METHODS A5, a variant).

The first token is that of the text as a whole: context and prediction are tokenised together, and the
token that begins where the context ends is looked at. Written alone, a prediction may well be cut
into other tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.models.token_bytes import TokenBytes, encode_document
from training.records import Reason

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

FirstToken = Callable[[str, bytes], int | None]
"""(context, prediction) -> id of the prediction's first token; see `InContext.first_token`."""


class InContext:
    """Tokenises predictions where they stand.

    Args:
        tokenizer: of the policy.
        token_bytes: its table, where there is one already; to build it walks the vocabulary.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, token_bytes: TokenBytes | None = None) -> None:
        self._tokenizer = tokenizer
        self.bytes = token_bytes or TokenBytes(tokenizer)

    def first_token(self, context: str, prediction: bytes) -> int | None:
        """Id of the prediction's first token after `context`.

        None where the prediction is empty or no text, or where no token begins between the two: the
        end of the context and the beginning of the prediction then are one token.
        """
        try:
            text = context + prediction.decode()
            encoded = encode_document(self._tokenizer, text, self.bytes)
        except (UnicodeDecodeError, ForesightError):
            return None
        start = len(context.encode())
        begins = (0, *encoded.byte_ends)
        spans = zip(encoded.ids, begins, encoded.byte_ends, strict=False)
        return next((token for token, begin, end in spans if begin == start < end), None)


def first_token_reward(
    prediction: bytes, first: bytes | None, truth: bytes, boundaries: Sequence[int]
) -> tuple[float, Reason]:
    """Judge the first token of a prediction.

    Args:
        prediction: the whole of it; what follows the first token is not judged.
        first: bytes of its first token in context; None: it has none.
        truth: the continuation's bytes.
        boundaries: cumulative byte lengths of the continuation's own tokens; the first is that of x_t.

    Returns:
        The reward and its reason: `match` (1.0), `empty`, `boundary_miss` (it begins with the right
        bytes, as other tokens) or `mismatch`.
    """
    if not prediction:
        return 0.0, "empty"
    target = truth[: boundaries[0]]
    if first == target:
        return 1.0, "match"
    same = prediction.startswith(target) or target.startswith(prediction)
    return 0.0, "boundary_miss" if same else "mismatch"

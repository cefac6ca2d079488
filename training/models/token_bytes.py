"""Tokens as raw bytes, and documents as tokens whose bytes tile the text exactly.

A token may hold part of a character, so it is read from the vocabulary, never by decoding
(METHODS A5). Knows byte-level BPE and sentencepiece with byte fallback. Text that a tokenizer
cannot give back byte for byte is refused, never silently changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.contract.errors import ForesightError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_BYTE_TOKEN = re.compile(r"^<0x([0-9A-Fa-f]{2})>$")
_SPACE_MARK = "\u2581"  # sentencepiece writes a space as this


@dataclass(frozen=True, slots=True)
class EncodedDocument:
    """A document's tokens: token i holds bytes `byte_ends[i - 1]` (0 for i = 0) to `byte_ends[i]`."""

    ids: tuple[int, ...]
    byte_ends: tuple[int, ...]  # offsets into the text's UTF-8 bytes; the last is their number


class RoundTripError(ForesightError):
    """A text that the tokenizer does not give back byte for byte."""


class TokenBytes:
    """The raw bytes of every token of a vocabulary."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        backend = tokenizer.backend_tokenizer
        decoder = backend.decoder.__getstate__() if backend.decoder is not None else b""
        self.byte_level = b'"ByteLevel"' in decoder  # else sentencepiece, which writes a space before a text
        if not self.byte_level and not (b'"ByteFallback"' in decoder or b'"Metaspace"' in decoder):
            raise ForesightError(
                f"The tokens of {Path(tokenizer.name_or_path).name} cannot be read as bytes.",
                field="model.name",
                remedy="Use a model with a byte-level BPE or a sentencepiece tokenizer.",
            )
        added = tokenizer.added_tokens_decoder
        special = {index for index, token in added.items() if token.special}
        self._special = frozenset(special | set(tokenizer.all_special_ids))
        self._table: dict[int, bytes] = {
            index: token.content.encode() if (token := added.get(index)) else self._read(piece)
            for piece, index in backend.get_vocab(with_added_tokens=True).items()
        }

    def bytes_of(self, token_id: int) -> bytes:
        """The token's bytes; a special token gives its name.

        Models pad their vocabulary: an id that the tokenizer does not know holds no bytes.
        """
        return self._table.get(token_id, b"")

    def join(self, token_ids: Iterable[int]) -> bytes:
        """The bytes of several tokens, end to end."""
        return b"".join(self._table.get(token_id, b"") for token_id in token_ids)

    def is_special(self, token_id: int) -> bool:
        """Whether the token marks structure (an end, a role) or is padding, and is never text."""
        return token_id in self._special or token_id not in self._table

    def readable(self, token_id: int) -> str:
        """The token for people: its text, with bytes that are no whole character as \\xNN."""
        if token_id not in self._table:
            return f"<unused {token_id}>"
        return self._table[token_id].decode(errors="backslashreplace")

    def __len__(self) -> int:
        return len(self._table)

    def _read(self, piece: str) -> bytes:
        if self.byte_level:
            # Tokens outside the byte alphabet can only be unused vocabulary; their text stands for them.
            values = [_BYTE_OF.get(character) for character in piece]
            known = [value for value in values if value is not None]
            return bytes(known) if len(known) == len(values) else piece.encode()
        if match := _BYTE_TOKEN.match(piece):
            return bytes([int(match.group(1), 16)])
        return piece.replace(_SPACE_MARK, " ").encode()


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The folder's tokenizer, from local files, running none of their code.

    Raises ForesightError when there is none that transformers can load as a fast tokenizer.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        ready = tokenizer is not None and tokenizer.is_fast
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise ForesightError(
            f"The tokenizer of {folder.name} cannot be loaded: {error}",
            field="model.name",
            remedy="Use a model folder that holds tokenizer.json.",
        ) from error
    if not ready:
        raise ForesightError(
            f"{folder.name} has no fast tokenizer.",
            field="model.name",
            remedy="Use a model folder that holds tokenizer.json.",
        )
    loaded: PreTrainedTokenizerFast = tokenizer
    return loaded


def encode_document(
    tokenizer: PreTrainedTokenizerFast, text: str, token_bytes: TokenBytes | None = None
) -> EncodedDocument:
    """Tokenise a whole document, without special tokens, and check its bytes.

    The name of a special token inside the text is read as plain text, because a special token is
    never a target (METHODS A5). Pass `token_bytes` when encoding several documents: building it
    walks the vocabulary.

    Raises RoundTripError when the tokens' bytes are not the text's bytes: some tokenizers have no
    token for some bytes and drop them in silence.
    """
    table = token_bytes or TokenBytes(tokenizer)
    # `verbose` warns of texts longer than the model's context, which are scored in windows.
    ids = tokenizer(text, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
    pieces = [table.bytes_of(token_id) for token_id in ids]
    wanted = text.encode()
    if pieces and pieces[0][:1] == b" " and wanted[:1] != b" ":
        pieces[0] = pieces[0][1:]  # sentencepiece puts a space before the first word
    ends: list[int] = []
    end = 0
    for piece in pieces:
        if wanted[end : end + len(piece)] != piece:
            break
        end += len(piece)
        ends.append(end)
    if end != len(wanted) or len(ends) != len(pieces):
        raise RoundTripError(
            f"The tokenizer does not give the text back: it loses or changes "
            f"{_character_at(wanted, end)} at byte {end}.",
            field="data.corpus",
            remedy="Remove such characters from the document, or use another model.",
        )
    return EncodedDocument(tuple(ids), tuple(ends))


def _character_at(data: bytes, offset: int) -> str:
    """The character that a byte offset falls into, as an escape people can search for."""
    start = offset
    while start > 0 and start < len(data) and data[start] & 0xC0 == 0x80:
        start -= 1
    return ascii(data[start : start + 4].decode(errors="ignore")[:1])


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's characters for bytes: printable Latin-1 stands for itself, the rest for U+0100 and on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [value for value in range(256) if value not in set(printable)]
    alphabet = {chr(value): value for value in printable}
    return alphabet | {chr(256 + place): value for place, value in enumerate(others)}


_BYTE_OF = _byte_alphabet()

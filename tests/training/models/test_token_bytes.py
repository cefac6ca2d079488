"""Token bytes, and documents whose tokens tile their bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from training.contract.errors import ForesightError
from training.models.token_bytes import RoundTripError, TokenBytes, encode_document, load_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> PreTrainedTokenizerFast:
    return load_tokenizer(tiny_model)


def _build(vocabulary: dict[str, int], **parts: Any) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary, merges=[], byte_fallback=parts.get("byte_fallback", False))
    )
    tokenizer.pre_tokenizer, tokenizer.decoder = parts["pre_tokenizer"], parts["decoder"]
    tokenizer.add_special_tokens([AddedToken("<end>", special=True)])
    build: Any = PreTrainedTokenizerFast  # transformers leaves it untyped
    built: PreTrainedTokenizerFast = build(tokenizer_object=tokenizer, eos_token="<end>")
    return built


def _sentencepiece() -> PreTrainedTokenizerFast:
    fallback = {f"<0x{value:02X}>": 3 + value for value in range(256)}
    return _build(
        {"▁": 0, "a": 1, "é": 2, **fallback},
        byte_fallback=True,
        pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="always", split=False),
        decoder=decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
    )


def test_every_byte_of_the_alphabet_is_one_token(tokenizer: PreTrainedTokenizerFast) -> None:
    table = TokenBytes(tokenizer)
    assert {table.bytes_of(index) for index in range(len(table))} >= {bytes([value]) for value in range(256)}


TEXTS = ["the name", "Zürich naïve café", "🙂👩‍👩‍👧!", "中文字符", "a\r\n\t b\u2028", "日本🙂é"]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_tile_the_document_byte_for_byte(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    table = TokenBytes(tokenizer)
    encoded = encode_document(tokenizer, text, table)
    starts = (0, *encoded.byte_ends[:-1])
    pieces = [text.encode()[start:end] for start, end in zip(starts, encoded.byte_ends, strict=True)]
    assert pieces == [table.bytes_of(token_id) for token_id in encoded.ids]
    assert b"".join(pieces) == table.join(encoded.ids) == text.encode()


def test_parts_of_one_character_are_tokens_of_their_own_bytes(tokenizer: PreTrainedTokenizerFast) -> None:
    assert encode_document(tokenizer, "a🙂").byte_ends == (1, 2, 3, 4, 5)


def test_empty_text_has_no_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    assert encode_document(tokenizer, "").ids == ()


def test_special_token_names_in_a_text_are_plain_text(tokenizer: PreTrainedTokenizerFast) -> None:
    table = TokenBytes(tokenizer)
    encoded = encode_document(tokenizer, "a<|im_end|>b", table)
    assert not any(table.is_special(token_id) for token_id in encoded.ids)
    assert table.join(encoded.ids) == b"a<|im_end|>b"
    assert table.is_special(2)
    assert table.bytes_of(2) == b"<|im_end|>"
    # The tokenizer itself is left as it was: prompts still need their special tokens.
    assert tokenizer("<|im_end|>", add_special_tokens=False)["input_ids"] == [2]


def test_readable_form_escapes_parts_of_a_character(tokenizer: PreTrainedTokenizerFast) -> None:
    table = TokenBytes(tokenizer)
    first, *_ = encode_document(tokenizer, "🙂", table).ids
    assert table.readable(first) == "\\xf0"


def test_id_that_only_the_model_knows_holds_no_text(tokenizer: PreTrainedTokenizerFast) -> None:
    table = TokenBytes(tokenizer)
    padding = len(table)
    assert table.bytes_of(padding) == table.join([padding, padding]) == b""
    assert table.is_special(padding)
    assert table.readable(padding) == f"<unused {padding}>"


def test_sentencepiece_tokens_give_spaces_and_fallback_bytes() -> None:
    tokenizer = _sentencepiece()
    table = TokenBytes(tokenizer)
    assert (table.bytes_of(0), table.bytes_of(2), table.bytes_of(3 + 0xF0)) == (b" ", "é".encode(), b"\xf0")
    encoded = encode_document(tokenizer, "a é🙂", table)
    assert encoded.byte_ends[-1] == len("a é🙂".encode())
    assert encoded.byte_ends[:2] == (0, 1)  # the space put before the first word holds no byte of the text


def test_lost_character_is_refused_with_its_place() -> None:
    tokenizer = _build(
        {"a": 0, "b": 1}, pre_tokenizer=pre_tokenizers.ByteLevel(False), decoder=decoders.ByteLevel()
    )
    assert encode_document(tokenizer, "ab").ids == (0, 1)
    with pytest.raises(RoundTripError, match=r"'\\x07' at byte 1"):
        encode_document(tokenizer, "a\x07b")
    with pytest.raises(RoundTripError, match="'c' at byte 2"):
        encode_document(tokenizer, "abc")


def test_tokenizer_of_unknown_kind_is_refused() -> None:
    tokenizer = _build({"a": 0}, pre_tokenizer=pre_tokenizers.Whitespace(), decoder=decoders.WordPiece())
    with pytest.raises(ForesightError, match="cannot be read as bytes"):
        TokenBytes(tokenizer)


def test_folder_without_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    with pytest.raises(ForesightError) as caught:
        load_tokenizer(tmp_path)
    assert caught.value.field == "model.name"

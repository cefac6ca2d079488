"""A proxy of another vocabulary: its entropies go to the policy by byte offset, where both have a boundary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.training.prompts.sample_task import POSITION
from tests.training.prompts.test_build import builder
from tests.training.tiny import make_tiny_model
from training.models.token_bytes import EncodedDocument, TokenBytes, encode_document, load_tokenizer
from training.prompts.build import lost_share
from training.records import Document, Task, TokenPosition

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TEXT = "the name of the value is 🙂! and the list decreases"


@pytest.fixture(scope="module")
def coarse(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """The longer vocabulary: whole words."""
    return tokenizer


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerFast:
    """A vocabulary of nearly single bytes."""
    folder: Path = make_tiny_model(tmp_path_factory.mktemp("fine"), vocabulary=262)
    return load_tokenizer(folder)


def positions(encoded: EncodedDocument) -> list[TokenPosition]:
    """A proxy's positions, with an entropy that says which one it is."""
    return [
        replace(POSITION, document=1, index=at, byte_start=start, byte_end=end, entropy=at / 100)
        for at, (start, end) in enumerate(
            zip(encoded.byte_ends, encoded.byte_ends[1:], strict=False), start=1
        )
    ]


def tasks(policy: PreTrainedTokenizerFast, proxy: PreTrainedTokenizerFast) -> list[Task | None]:
    encoded = encode_document(policy, TEXT)
    build = builder(policy, positions={"max_context": 200}, method={"horizon": 4}).build
    return [build(Document(1, "doc", TEXT), encoded, at) for at in positions(encode_document(proxy, TEXT))]


def on_characters(offsets: set[int]) -> set[int]:
    data = TEXT.encode()
    return {offset for offset in offsets if offset < len(data) and data[offset] & 0xC0 != 0x80}


@pytest.mark.parametrize("proxy_is_fine", [True, False])
def test_positions_are_asked_where_both_tokenizers_have_a_boundary(
    coarse: PreTrainedTokenizerFast, fine: PreTrainedTokenizerFast, proxy_is_fine: bool
) -> None:
    policy, proxy = (coarse, fine) if proxy_is_fine else (fine, coarse)
    own, other = (set(encode_document(tokenizer, TEXT).byte_ends) for tokenizer in (policy, proxy))
    assert own != other
    asked = [task for task in tasks(policy, proxy) if task is not None]
    assert {task.position.byte_start for task in asked} == on_characters(own & other)


def test_task_carries_the_proxys_entropy_and_the_policys_own_tokens(
    coarse: PreTrainedTokenizerFast, fine: PreTrainedTokenizerFast
) -> None:
    own = encode_document(coarse, TEXT)
    data = TEXT.encode()
    for task in filter(None, tasks(coarse, fine)):
        start = task.position.byte_start
        assert task.position.entropy == task.position.index / 100
        assert task.position.byte_end in encode_document(fine, TEXT).byte_ends
        assert task.context.encode() == data[:start]
        assert data[start:].startswith(task.truth)
        assert {start + length for length in task.boundaries} <= set(own.byte_ends)
        first = own.ids[own.byte_ends.index(start) + 1]
        assert task.truth.startswith(TokenBytes(coarse).bytes_of(first))


def test_share_of_positions_lost_counts_those_inside_a_token_of_the_policy(
    coarse: PreTrainedTokenizerFast, fine: PreTrainedTokenizerFast
) -> None:
    own, other = encode_document(coarse, TEXT), encode_document(fine, TEXT)
    asked = positions(other)
    inside = sum(at.byte_start not in own.byte_ends for at in asked)
    assert 0 < inside < len(asked)
    assert lost_share({1: own}, asked) == inside / len(asked)
    assert lost_share({1: other}, asked) == 0.0
    assert lost_share({1: own}, []) == 0.0

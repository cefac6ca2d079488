"""Which positions of a scan become tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.contract.errors import ForesightError
from training.contract.positions_file import count_kept
from training.positions.select import select_positions
from training.positions.table import SCHEMA
from training.records import TokenPosition


def _row(document: int, index: int, entropy: float, **changes: Any) -> dict[str, Any]:
    return {
        "document": document, "index": index, "byte_start": 2 * index, "byte_end": 2 * index + 2,
        "token_id": 7, "context_tokens": index, "window_start": False, "inside_character": False,
        "entropy": entropy, "truth_logprob": -1.0, "truth_rank": 3, "argmax_id": 9,
        "top_ids": [9, 8], "top_logprobs": [-0.5, -1.5], **changes,
    }  # fmt: skip


ROWS = [
    _row(0, 1, 2.5),
    _row(0, 20, 0.5),
    _row(0, 21, 0.25),
    _row(0, 22, 2.0, inside_character=True),
    _row(0, 23, 2.0, byte_end=46),
    _row(1, 20, 1.75),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(ROWS, schema=SCHEMA), tmp_path / "positions.parquet")
    return tmp_path / "positions.parquet"


def test_selected_positions_have_the_entropy_the_context_and_whole_characters(path: Path) -> None:
    chosen = select_positions(path, threshold=0.5, min_context=16)
    assert [(position.document, position.index) for position in chosen] == [(0, 20), (1, 20)]
    assert count_kept(path, 0.5, 16) == 2


def test_selected_position_carries_its_row(path: Path) -> None:
    assert select_positions(path, threshold=1.0, min_context=16) == (
        TokenPosition(
            document=1, index=20, byte_start=40, byte_end=42, token_id=7,
            entropy=1.75, truth_logprob=-1.0, truth_rank=3, argmax_id=9,
        ),
    )  # fmt: skip


def test_selection_keeps_to_the_documents_asked_for(path: Path) -> None:
    chosen = select_positions(path, threshold=0.0, min_context=1, documents={0})
    assert [position.index for position in chosen] == [1, 20, 21]


def test_threshold_above_everything_names_the_highest_entropy_that_could_be_had(path: Path) -> None:
    with pytest.raises(ForesightError) as caught:
        select_positions(path, threshold=2.6, min_context=16)
    assert caught.value.field == "positions.threshold"
    assert "the highest found is 1.750" in caught.value.message


def test_minimum_context_above_everything_is_named(path: Path) -> None:
    with pytest.raises(ForesightError) as caught:
        select_positions(path, threshold=0.0, min_context=500)
    assert caught.value.field == "positions.min_context"

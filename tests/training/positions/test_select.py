"""Which positions of a scan become tasks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from training.contract.errors import ForesightError
from training.contract.positions_file import count_kept
from training.contract.settings.text import PositionsConfig
from training.positions.select import select_positions, share_places
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


def chosen(
    path: Path, seed: int = 0, documents: set[int] | None = None, **settings: Any
) -> list[tuple[int, int]]:
    found = select_positions(path, PositionsConfig(**settings), seed=seed, documents=documents)
    return [(position.document, position.index) for position in found]


def test_selected_positions_have_the_entropy_the_context_and_whole_characters(path: Path) -> None:
    assert chosen(path, threshold=0.5, min_context=16) == [(0, 20), (1, 20)]


def test_selected_position_carries_its_row(path: Path) -> None:
    assert select_positions(path, PositionsConfig(threshold=1.0, min_context=16)) == (
        TokenPosition(
            document=1, index=20, byte_start=40, byte_end=42, token_id=7,
            entropy=1.75, truth_logprob=-1.0, truth_rank=3, argmax_id=9,
        ),
    )  # fmt: skip


def test_selection_keeps_to_the_documents_asked_for(path: Path) -> None:
    assert chosen(path, documents={0}, threshold=0.0, min_context=1) == [(0, 1), (0, 20), (0, 21)]


def test_band_holds_its_lower_end_and_not_its_upper_one(path: Path) -> None:
    band: dict[str, Any] = {"selection": "band", "min_context": 1}
    assert chosen(path, **band, threshold=0.5, upper_threshold=2.5) == [(0, 20), (1, 20)]
    assert chosen(path, **band, threshold=0.25, upper_threshold=0.5) == [(0, 21)]


def test_top_share_takes_the_highest_of_the_usable_positions(path: Path) -> None:
    # Usable with one token of context: 2.5, 0.5, 0.25, 1.75.
    assert chosen(path, selection="top_share", share=0.5, min_context=1) == [(0, 1), (1, 20)]
    assert chosen(path, selection="top_share", share=0.01, min_context=1) == [(0, 1)]
    assert chosen(path, selection="top_share", share=1.0, min_context=16) == [(0, 20), (0, 21), (1, 20)]


def test_top_share_takes_the_earlier_of_equals() -> None:
    settings = PositionsConfig(selection="top_share", share=0.5)
    assert share_places(np.array([1.0, 2.0, 1.0, 1.0]), settings, 0).tolist() == [0, 1]


def test_random_share_is_that_of_its_seed_and_asks_no_entropy(path: Path) -> None:
    settings = PositionsConfig(selection="random", share=0.25, threshold=9.0)
    entropy = np.linspace(0.0, 2.0, 40)
    first = share_places(entropy, settings, 7).tolist()
    assert len(first) == 10
    assert first == sorted(set(first)) == share_places(entropy, settings, 7).tolist()
    assert first != share_places(entropy, settings, 8).tolist()
    drawn = {place for seed in range(60) for place in share_places(entropy, settings, seed).tolist()}
    assert drawn == set(range(40))


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({"threshold": 0.5}, 2),
        ({"selection": "band", "threshold": 0.25, "upper_threshold": 1.75}, 2),
        ({"selection": "top_share", "share": 0.5}, 2),
        ({"selection": "top_share", "share": 0.1}, 1),
        ({"selection": "random", "share": 1.0}, 3),
    ],
)
def test_counted_positions_are_the_selected_ones(path: Path, settings: dict[str, Any], count: int) -> None:
    assert len(chosen(path, min_context=16, **settings)) == count
    assert count_kept(path, PositionsConfig(min_context=16, **settings)) == count


def test_threshold_above_everything_names_the_highest_entropy_that_could_be_had(path: Path) -> None:
    with pytest.raises(ForesightError) as caught:
        chosen(path, threshold=2.6, min_context=16)
    assert caught.value.field == "positions.threshold"
    assert "the highest found is 1.750" in caught.value.message


def test_band_that_holds_nothing_says_so(path: Path) -> None:
    with pytest.raises(ForesightError) as caught:
        chosen(path, selection="band", threshold=0.75, upper_threshold=1.5, min_context=16)
    assert caught.value.field == "positions.upper_threshold"
    assert caught.value.message == "No position has an entropy from 0.75 to 1.5 nats."


def probe_file(path: Path, groups: Sequence[tuple[int, int, float, tuple[float, ...]]]) -> str:
    """A probe.json of (document, byte_start, entropy, rewards)."""
    measured = [
        {
            "document": document, "document_name": "d", "token_index": 1, "byte_start": start, "byte_end": start + 2,
            "entropy": entropy, "context_tail": "", "truth": "", "rewards": rewards, "boxed": 4, "truncated": 0,
        }
        for document, start, entropy, rewards in groups
    ]  # fmt: skip
    path.write_text(json.dumps({"groups": measured}), encoding="utf-8")
    return str(path)


MEASURED = [
    (0, 40, 0.5, (0.0, 0.0, 0.0, 0.0)),
    (0, 42, 0.25, (1.0, 0.0, 0.0, 0.0)),
    (1, 40, 1.75, (1.0, 1.0, 1.0, 0.0)),
]


@pytest.mark.parametrize(
    ("low", "high", "kept"),
    [
        (0.1, 0.9, [(0, 21), (1, 20)]),
        (0.0, 0.25, [(0, 20), (0, 21)]),
        (0.75, 1.0, [(1, 20)]),
    ],
)
def test_pass_rate_keeps_what_the_probe_found_in_between(
    path: Path, tmp_path: Path, low: float, high: float, kept: list[tuple[int, int]]
) -> None:
    settings = PositionsConfig(
        selection="pass_rate",
        pass_rates=probe_file(tmp_path / "probe.json", MEASURED),
        lowest_pass_rate=low,
        highest_pass_rate=high,
    )
    assert chosen(path, **settings.model_dump()) == kept
    assert count_kept(path, settings) == len(kept)


def test_probe_of_other_text_keeps_nothing_and_says_so(path: Path, tmp_path: Path) -> None:
    other = probe_file(
        tmp_path / "probe.json", [(0, 42, 0.75, (1.0, 0.0, 0.0, 0.0)), (3, 40, 1.75, (1.0, 0.0))]
    )
    with pytest.raises(ForesightError) as caught:
        chosen(path, selection="pass_rate", pass_rates=other)
    assert caught.value.field == "positions.pass_rates"
    assert "measured no position of this text" in caught.value.message


@pytest.mark.parametrize("data", [None, "{}", "no json"])
def test_file_that_is_no_probe_is_refused(path: Path, tmp_path: Path, data: str | None) -> None:
    if data is not None:
        (tmp_path / "probe.json").write_text(data)
    with pytest.raises(ForesightError, match="cannot be read") as caught:
        chosen(path, selection="pass_rate", pass_rates=str(tmp_path / "probe.json"))
    assert caught.value.field == "positions.pass_rates"


def test_pass_rate_without_a_probe_is_refused_by_the_schema() -> None:
    with pytest.raises(ValidationError, match="pass_rates names no probe"):
        PositionsConfig(selection="pass_rate")
    with pytest.raises(ValidationError, match=r"lowest_pass_rate \(0.9\) is above highest_pass_rate \(0.1\)"):
        PositionsConfig(lowest_pass_rate=0.9, highest_pass_rate=0.1)


def test_empty_band_is_refused_by_the_schema() -> None:
    with pytest.raises(ValidationError, match=r"upper_threshold \(0.5\) must be above threshold \(1\)"):
        PositionsConfig(selection="band", threshold=1.0, upper_threshold=0.5)


def test_minimum_context_above_everything_is_named(path: Path) -> None:
    for selection in ("threshold", "top_share", "random"):
        with pytest.raises(ForesightError) as caught:
            chosen(path, selection=selection, threshold=0.0, min_context=64)
        assert caught.value.field == "positions.min_context"

"""A scan is made once and found again by what went into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.contract.positions_file import read_document_positions, read_summary
from training.contract.settings.text import PositionsConfig
from training.positions.cache import copy_scan, scan
from training.records import Document

SETTINGS = PositionsConfig()


def test_finished_scan_is_found_again(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    first = scan(documents, tiny_model, SETTINGS, tmp_path)
    again = scan(documents, tiny_model, SETTINGS, tmp_path)
    assert (first.reused, again.reused) == (False, True)
    assert (again.positions, again.summary) == (first.positions, first.summary)


def test_threshold_and_minimum_context_are_applied_to_a_finished_scan(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    scan(documents, tiny_model, SETTINGS, tmp_path)
    changed = PositionsConfig(threshold=1.5, min_context=3)
    assert scan(documents, tiny_model, changed, tmp_path).reused


@pytest.mark.parametrize(
    "changed", [PositionsConfig(entropy="full"), PositionsConfig(top_k=4), PositionsConfig(window=512)]
)
def test_other_scan_settings_are_another_scan(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path, changed: PositionsConfig
) -> None:
    scan(documents, tiny_model, SETTINGS, tmp_path)
    assert not scan(documents, tiny_model, changed, tmp_path).reused


def test_other_documents_are_another_scan(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    scan(documents, tiny_model, SETTINGS, tmp_path)
    assert not scan(documents[:2], tiny_model, SETTINGS, tmp_path).reused


def test_copied_scan_is_whole(tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path) -> None:
    found = scan(documents, tiny_model, SETTINGS, tmp_path)
    out = tmp_path / "job/out.parquet"
    copy_scan(found, out)
    assert read_summary(out) == found.summary
    assert read_document_positions(out, 0) == read_document_positions(found.positions, 0)

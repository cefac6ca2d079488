"""A scan that was stopped goes on where it was, to the same bytes; what a killed one left is swept up."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from training.contract.settings.text import PositionsConfig
from training.positions import scorer
from training.positions.cache import Scan, scan, sweep
from training.positions.scorer import cut_parts
from training.records import Document

SETTINGS = PositionsConfig(window=64, window_overlap=16)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Parts of one document each that holds text; the tokens of each pass of the model."""
    monkeypatch.setattr(scorer, "PART_BYTES", 20)
    passes: list[int] = []
    plain = scorer._score_batch

    def counting(proxy: Any, jobs: Sequence[Any], *others: Any) -> Any:
        passes.append(sum(job.window.inputs for job in jobs))
        return plain(proxy, jobs, *others)

    monkeypatch.setattr(scorer, "_score_batch", counting)
    return passes


def stop_above(positions: int) -> Callable[[int, int], None]:
    """Die, as SIGTERM makes it die, as soon as more positions are done than these."""

    def tell(done: int, total: int) -> None:
        if done > positions:
            raise SystemExit(143)

    return tell


def whole_bytes(found: Scan) -> list[bytes]:
    folder = found.positions.parent
    return [(folder / name).read_bytes() for name in ("positions.parquet", "vocabulary.json")]


def only_folder(home: Path) -> Path:
    (folder,) = (home / "cache/positions").iterdir()
    return folder


def test_parts_are_runs_of_documents_that_cover_all() -> None:
    sizes = [40_000, 40_000, 1, 70_000, 5]
    documents = [Document(index=i, name="", text="x" * size) for i, size in enumerate(sizes)]
    assert list(cut_parts(documents)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(cut_parts([])) == []


def test_stopped_scan_goes_on_after_its_finished_parts_to_the_same_bytes(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path, scored: list[int]
) -> None:
    never_stopped = scan(documents, tiny_model, SETTINGS, tmp_path / "whole")
    passes = list(scored)
    assert len(passes) == 3
    first = never_stopped.summary.positions_per_document[0]
    with pytest.raises(SystemExit):
        scan(documents, tiny_model, SETTINGS, tmp_path / "cut", stop_above(first))
    left = only_folder(tmp_path / "cut")
    assert left.suffix == ".parts"
    assert [part.name for part in left.iterdir()] == ["000000.parquet"]

    scored.clear()
    told: list[tuple[int, int]] = []
    resumed = scan(
        documents, tiny_model, SETTINGS, tmp_path / "cut", lambda done, total: told.append((done, total))
    )
    assert scored == passes[1:]
    total = never_stopped.summary.positions
    assert told[0] == (first, total)  # the part that was kept counts at once
    assert told[-1] == (total, total)
    assert whole_bytes(resumed) == whole_bytes(never_stopped)
    clocks = {"seconds": 0.0, "tokens_per_second": 0.0}
    assert resumed.summary.model_copy(update=clocks) == never_stopped.summary.model_copy(update=clocks)
    assert only_folder(tmp_path / "cut") == resumed.positions.parent


def test_parts_of_other_settings_are_not_taken_up(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path, scored: list[int]
) -> None:
    with pytest.raises(SystemExit):
        scan(documents, tiny_model, SETTINGS, tmp_path, stop_above(100))
    scored.clear()
    scan(documents, tiny_model, SETTINGS.model_copy(update={"entropy": "raw"}), tmp_path)
    assert len(scored) == 3


@pytest.mark.parametrize("damage", [b"", b"PAR1 and no more"])
def test_part_that_is_damaged_is_scored_again(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path, scored: list[int], damage: bytes
) -> None:
    with pytest.raises(SystemExit):
        scan(documents, tiny_model, SETTINGS, tmp_path, stop_above(100))
    for part in only_folder(tmp_path).iterdir():
        part.write_bytes(damage)
    scored.clear()
    scan(documents, tiny_model, SETTINGS, tmp_path)
    assert len(scored) == 3


def test_part_cut_otherwise_is_scored_again(
    tiny_model: Path,
    documents: tuple[Document, ...],
    tmp_path: Path,
    scored: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SystemExit):
        scan(documents, tiny_model, SETTINGS, tmp_path, stop_above(100))
    scored.clear()
    monkeypatch.setattr(scorer, "PART_BYTES", 1 << 20)
    scan(documents, tiny_model, SETTINGS, tmp_path)
    assert len(scored) == 1  # all documents in one pass


def test_sweep_takes_what_dead_scans_left_and_spares_the_living(tmp_path: Path) -> None:
    names = (".scanning-dead", ".scanning-alive", ".scanning-young", "a.parts", "b.parts", "c")
    for name in names:
        (tmp_path / name).mkdir()
    for name in (".scanning-dead", ".scanning-alive", "a.parts", "c"):
        os.utime(tmp_path / name, (0, 0))
    handle = os.open(tmp_path / ".scanning-alive", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    sweep(tmp_path)
    os.close(handle)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".scanning-alive",
        ".scanning-young",
        "b.parts",
        "c",
    ]

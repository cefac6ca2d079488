"""Segments: any part of a download without building the whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from webapp.checkpoints.ranges import Part
from webapp.checkpoints.segments import FileSegment, Literal, Segment, cut, stream, total_length


def read(segments: list[Segment], start: int, end: int) -> bytes:
    async def collect() -> bytes:
        return b"".join([chunk async for chunk in stream(segments, Part(start, end))])

    return asyncio.run(collect())


@pytest.fixture
def segments(tmp_path: Path) -> list[Segment]:
    (tmp_path / "a").write_bytes(b"3456")
    return [Literal(b"012"), FileSegment(tmp_path / "a", 4), Literal(b""), Literal(b"789")]


def test_every_part_of_the_segments_equals_the_slice_of_the_whole(segments: list[Segment]) -> None:
    whole = b"0123456789"
    assert total_length(segments) == 10
    for start in range(11):
        for end in range(start, 11):
            assert read(segments, start, end) == whole[start:end]


def test_part_inside_one_file_opens_no_other_segment(segments: list[Segment]) -> None:
    assert cut(segments, Part(4, 6)) == [(segments[1], Part(1, 3))]


def test_file_that_was_cut_short_raises(segments: list[Segment], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"3")
    with pytest.raises(OSError, match="shorter than 4 bytes"):
        read(segments, 0, 10)


def test_file_deleted_while_it_is_sent_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(bytes(600_000))

    async def collect() -> int:
        received = 0
        async for chunk in stream([FileSegment(path, 600_000)], Part(0, 600_000)):
            path.unlink(missing_ok=True)
            received += len(chunk)
        return received

    assert asyncio.run(collect()) == 600_000

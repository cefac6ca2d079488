"""Range headers: which bytes they ask for."""

from __future__ import annotations

import pytest

from webapp.checkpoints.ranges import Part, UnsatisfiableError, asked_part, known_already, still_the_same


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=2-4", Part(2, 5)),
        ("bytes=7-", Part(7, 10)),
        ("bytes=-3", Part(7, 10)),
        ("bytes=-99", Part(0, 10)),
        ("bytes=4-99", Part(4, 10)),
        ("Bytes = 2-4", Part(2, 5)),
    ],
)
def test_range_within_ten_bytes_is_cut_to_them(header: str, part: Part) -> None:
    assert asked_part(header, 10) == part


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=5-2", "lines=1-2", "bytes=0-1,3-4", "bytes=a-b"])
def test_range_not_understood_counts_as_none(header: str) -> None:
    assert asked_part(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_range_outside_the_file_is_unsatisfiable(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        asked_part(header, 10)


def test_range_of_an_empty_file_is_unsatisfiable() -> None:
    with pytest.raises(UnsatisfiableError):
        asked_part("bytes=-5", 0)


def test_if_range_matches_the_same_strong_tag_alone() -> None:
    assert still_the_same("", '"a"')
    assert still_the_same('"a"', '"a"')
    assert not still_the_same('"b"', '"a"')
    assert not still_the_same('W/"a"', '"a"')
    assert not still_the_same("Mon, 05 Jan 2026 09:00:00 GMT", '"a"')


def test_if_none_match_compares_weakly() -> None:
    assert known_already('"x", W/"a"', '"a"')
    assert known_already("*", '"a"')
    assert not known_already("", '"a"')

"""Glyphs: one cell per byte, characters that span theirs, invisible bytes drawn."""

from __future__ import annotations

from webapp.runs.text import visible
from webapp.trajectories.glyphs import glyphs


def test_ascii_has_one_cell_each_with_the_boundaries_marked() -> None:
    found = glyphs(b"ab c", (2, 4))
    assert [g.text for g in found] == ["a", "b", "·", "c"]
    assert [g.cells[0].boundary for g in found] == [False, True, False, True]
    assert {g.cells[0].state for g in found} == {"plain"}


def test_character_of_three_bytes_spans_three_cells() -> None:
    (glyph,) = glyphs("€".encode(), (3,))
    assert (glyph.text, glyph.span, glyph.title) == ("€", 3, "euro sign")
    assert [cell.hex for cell in glyph.cells] == ["e2", "82", "ac"]


def test_boundary_inside_a_character_is_on_its_byte() -> None:
    _, hand = glyphs(b" " + "\U0001f44b".encode(), (1, 3, 5))
    assert [cell.boundary for cell in hand.cells] == [False, True, False, True]


def test_bytes_of_no_character_stand_alone_in_hexadecimal() -> None:
    found = glyphs(b"a\xc3\xff", ())
    assert [(g.text, g.raw, g.start) for g in found] == [("a", False, 0), ("c3", True, 1), ("ff", True, 2)]


def test_invisible_characters_are_drawn() -> None:
    text = "\n\t\r\u00a0\u200b\u0301\x00"
    assert [g.text for g in glyphs(text.encode(), ())] == ["⏎", "⇥", "␍", "⍽", "200b", "◌\u0301", "0"]
    assert glyphs("\u200b".encode(), ())[0].title == "zero width space"


def test_visible_draws_whitespace_on_one_line() -> None:
    assert visible(" a\nb") == "·a⏎b"

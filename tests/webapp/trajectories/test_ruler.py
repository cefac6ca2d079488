"""The nine classes of the prefix ruler, each with exact values."""

from __future__ import annotations

import pytest

from training.rewards.prefix import prefix_reward
from webapp.trajectories.ruler import CLASSES, classify

TRUTH = b" size and decreases"
ENDS = (5, 9, 19)  # " size", " and", " decreases"

HAND = "\U0001f44b".encode()  # four bytes, of which two tokens hold two each
SPLIT = b" " + HAND + b"!"
SPLIT_ENDS = (1, 3, 5, 6)


@pytest.mark.parametrize("reason", ["truncated", "no_think_end", "no_box", "unbalanced", "empty"])
def test_nothing_to_judge_is_no_answer(reason: str) -> None:
    row = classify(None, TRUTH, ENDS, reason)
    assert (row.kind.key, row.reward, row.glyphs) == ("no_answer", 0.0, ())


def test_truncated_response_with_a_right_box_is_still_no_answer() -> None:
    row = classify(b" size", TRUTH, ENDS, "truncated")
    assert (row.kind.key, row.label, row.note) == ("no_answer", "Truncated", "Truncated by the token limit")


@pytest.mark.parametrize(
    ("prediction", "label"),
    [(b" size", "Hit, 1 token"), (b" size and", "Hit, 2 tokens"), (TRUTH, "Hit, 3 tokens")],
)
def test_prefix_on_a_boundary_hits(prediction: bytes, label: str) -> None:
    row = classify(prediction, TRUTH, ENDS, "match")
    assert (row.kind.key, row.label, row.reward) == ("hit", label, 1.0)


@pytest.mark.parametrize(("prediction", "distance"), [(b" si", 2), (b" size ", 3), (b" ", 4)])
def test_prefix_inside_a_token_is_off_boundary(prediction: bytes, distance: int) -> None:
    row = classify(prediction, TRUTH, ENDS, "boundary_miss")
    assert (row.kind.key, row.distance, row.reward) == ("off_boundary", distance, 0.0)
    assert row.label == f"Off boundary (+{distance} B to the next)"


def test_longer_than_the_stored_truth_is_past_it() -> None:
    row = classify(TRUTH + b" now", TRUTH, ENDS, "mismatch")
    assert (row.kind.key, row.shared) == ("past", 19)
    assert [g.cells[0].state for g in row.glyphs[-4:]] == ["past"] * 4


@pytest.mark.parametrize("prediction", [b"size", b"  size", b" size\n", b"\nsize and"])
def test_other_outer_whitespace_is_whitespace_only(prediction: bytes) -> None:
    assert classify(prediction, TRUTH, ENDS, "mismatch").kind.key == "whitespace"


@pytest.mark.parametrize(
    ("prediction", "truth", "ends"),
    [
        (" Size", " size and", (5, 9)),
        ("\uff53ize", " size and", (5, 9)),
        ("\u201chi\u201d", '"hi" he', (4, 7)),
        ("a\u2014b", "a-b c", (3, 5)),
    ],
)
def test_case_quotes_dashes_and_unicode_form_are_form_only(
    prediction: str, truth: str, ends: tuple[int, ...]
) -> None:
    assert classify(prediction.encode(), truth.encode(), ends, "mismatch").kind.key == "form"


def test_wrong_after_a_boundary_diverged_and_says_where_to_stop() -> None:
    row = classify(b" size andante", TRUTH, ENDS, "mismatch")
    assert (row.kind.key, row.shared, row.distance) == ("diverged", 9, 0)
    assert row.note == "stopping at byte 9 would hit"


def test_wrong_within_the_first_token_shares_bytes() -> None:
    row = classify(b" sign", TRUTH, ENDS, "mismatch")
    assert (row.kind.key, row.label) == ("shared", "Shared bytes: 3")
    assert [g.cells[0].state for g in row.glyphs] == ["same", "same", "same", "differs", "differs"]


def test_wrong_from_the_first_byte_is_wrong() -> None:
    assert classify(b"weight", TRUTH, ENDS, "mismatch").kind.key == "wrong"


def test_half_a_character_on_a_boundary_hits_as_raw_bytes() -> None:
    row = classify(b" " + HAND[:2], SPLIT, SPLIT_ENDS, "match")
    assert (row.kind.key, row.label, row.reward) == ("hit", "Hit, 2 tokens", 1.0)
    assert [(g.text, g.raw) for g in row.glyphs] == [("·", False), ("f0", True), ("9f", True)]


def test_three_of_four_bytes_of_a_character_are_off_boundary() -> None:
    row = classify(b" " + HAND[:3], SPLIT, SPLIT_ENDS, "boundary_miss")
    assert (row.kind.key, row.distance) == ("off_boundary", 1)


def test_prediction_that_is_no_utf8_is_never_form_only() -> None:
    row = classify(b"\xff\xfe", b"\xc3\xbf", (2,), "mismatch")
    assert (row.kind.key, [g.text for g in row.glyphs]) == ("wrong", ["ff", "fe"])


def test_multi_byte_glyph_shares_its_first_byte() -> None:
    row = classify("ü".encode(), "öß".encode(), (2, 4), "mismatch")
    assert row.kind.key == "shared"
    assert [(cell.hex, cell.state) for cell in row.glyphs[0].cells] == [("c3", "same"), ("bc", "differs")]


def test_classes_are_nine_in_order() -> None:
    assert list(CLASSES) == [
        "no_answer", "hit", "off_boundary", "past", "whitespace", "form", "diverged", "shared", "wrong",
    ]  # fmt: skip


def test_long_prediction_is_drawn_in_part_and_never_cut_inside_a_character() -> None:
    row = classify(b"x" * 66 + "€€".encode(), TRUTH, ENDS, "mismatch")  # room for 19 + 48 = 67 bytes
    assert (len(row.glyphs), row.hidden) == (66, 6)


def test_reward_of_the_ruler_is_the_reward_of_training() -> None:
    answers = [b" size", b"size", b" si", b" size ", b" size and", b"", b" ", TRUTH + b"!", b"no"]
    for answer in answers:
        value, reason = prefix_reward(answer, TRUTH, ENDS)
        assert classify(answer, TRUTH, ENDS, reason).reward == value

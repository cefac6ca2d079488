"""A prediction beside its reference, word by word."""

from __future__ import annotations

from webapp.trajectories.word_diff import WORDS, Part, side_by_side


def test_words_on_one_side_alone_are_marked_there() -> None:
    found = side_by_side("It divides the first one.", "It divides the second one.", beginning=False)
    assert found.predicted == (Part("It divides the ", "same"), Part("first ", "only"), Part("one.", "same"))
    assert found.reference == (Part("It divides the ", "same"), Part("second ", "only"), Part("one.", "same"))
    assert found.hidden == 0


def test_case_and_whitespace_are_no_difference() -> None:
    found = side_by_side("then  X is\neven", "Then x is even", beginning=False)
    assert found.predicted == (Part("then  X is\neven", "same"),)
    assert found.reference == (Part("Then x is even", "same"),)


def test_what_a_right_beginning_does_not_reach_is_not_missing() -> None:
    found = side_by_side("It is even.", "It is even. So it is not odd.", beginning=True)
    assert found.reference == (Part("It is even. ", "same"), Part("So it is not odd.", "after"))


def test_under_the_strict_rule_the_end_is_missing() -> None:
    found = side_by_side("It is even.", "It is even. So it is not odd.", beginning=False)
    assert found.reference == (Part("It is even. ", "same"), Part("So it is not odd.", "only"))


def test_wrong_beginning_stands_against_as_many_words() -> None:
    found = side_by_side("No way", "One two three four", beginning=True)
    assert found.predicted == (Part("No way", "only"),)
    assert found.reference == (Part("One two ", "only"), Part("three four", "after"))


def test_gap_before_the_end_is_missing_under_both_rules() -> None:
    found = side_by_side("One four", "One two three four", beginning=True)
    assert found.reference == (Part("One ", "same"), Part("two three ", "only"), Part("four", "same"))


def test_chinese_characters_are_words() -> None:
    found = side_by_side("它是偶数", "它是奇数", beginning=False)
    assert found.predicted == (Part("它是", "same"), Part("偶", "only"), Part("数", "same"))


def test_very_long_prediction_is_cut_and_says_so() -> None:
    found = side_by_side("again " * (WORDS + 7), "once", beginning=True)
    assert (found.hidden, len("".join(part.text for part in found.predicted))) == (7, 6 * WORDS)


def test_sides_joined_are_the_texts() -> None:
    said, given = "a_b, “c”\td\u3042é 3.5!", "a_b “c” e\n\n\u3042"
    found = side_by_side(said, given, beginning=True)
    assert "".join(part.text for part in found.predicted) == said
    assert "".join(part.text for part in found.reference) == given

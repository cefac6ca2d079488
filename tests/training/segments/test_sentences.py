"""Where the sentences of a text begin (METHODS B3)."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from training.segments.protect import protected_spans
from training.segments.sentences import sentence_starts


def pieces(text: str) -> list[str]:
    starts = sentence_starts(text)
    return [text[start:end] for start, end in zip([0, *starts], [*starts, len(text)], strict=True)]


@pytest.mark.parametrize(
    "segments",
    [
        [
            "See Fig. 3 and Eq. (2), e.g. the sum. ",
            "Dr. Young vs. Prof. Gauss, i.e. both, cf. Sec. 2. ",
            "So.",
        ],
        ["It costs 3.14 or 2.5 dollars. ", "Version 1.2.3 has no. 5 on pp. 7 ff. "],
        ["Numbers 1, 2, ... and so on... ", "Then it ends. ", "Is it? ", "Yes! ", "Good."],
        ["We got 5! = 120 and n! + 1. ", "Then 3! is six."],
        ["J. S. Bach et al. wrote it at 5 p.m. in the U.S. mail. ", "The end."],
        ["A line joins A and B. ", "Circle c is here. ", "No circle meets C. "],
        ['He said "Go on." ', "Then “Why?” she asked. ", "(It is over.) ", "Now."],
        ["P.J. sets r to the sum. ", "Q.E.D. ", "Max. value is 5."],
        ["**Step.** ", "Go on. ", "Then *stop.* ", "End."],
        ["Markup. ", "<b>It</b> stays. ", "Then 4! < 5! too. ", "End."],
    ],
)
def test_sentences_of_english_keep_abbreviations_decimals_and_quotes(segments: list[str]) -> None:
    assert pieces("".join(segments)) == segments


@pytest.mark.parametrize(
    "segments",
    [
        ["Let $f(x. Y) = 2. 5$ hold. ", "Then \\(a. B\\) and $$x. Y$$ hold. ", "So."],
        ["We have \\[ x = 1. \\quad Y. Z \\] here. ", "\\begin{align} a. B \\end{align} Done. ", "So."],
        ["Hence $x = 5.$ ", "Then $$y = 2.$$ ", "Now \\(z. A.\\) and more. ", "End."],
        ["If $x = 5.$ and $y = 6. $ then so. ", "End."],
        ["Nested \\begin{a} x. \\begin{a} Y. \\end{a} Z. Q \\end{a} here. ", "End."],
        ["It costs $5. ", "He paid $6. ", "She owes $7."],
        ["An open $x. ", "Then no end\n\n", "of it$. ", "So."],
        ["Call `a. B()` now. ", "Then go."],
        ["Code:\n", "```python\nx. Y\n\n# z. W\n```\n", "After it. ", "End."],
        ["Escaped \\$5. ", "Then \\\\[2pt] is no formula. ", "End\\]. ", "So."],
    ],
)
def test_formulas_and_code_are_never_cut_and_may_end_a_sentence(segments: list[str]) -> None:
    assert pieces("".join(segments)) == segments


@pytest.mark.parametrize(
    "segments",
    [
        ["设 $a=1。5$，则 a 为奇数。", "因此“两数之和为偶数。”", "他说：「是吗？」", "对！", "好；", "证毕"],
        ["因为 x>0，所以成立。\n", "（完。）", "又 3.5 是小数！？ ", "End。"],
    ],
)
def test_sentences_of_chinese_end_with_their_quotes(segments: list[str]) -> None:
    assert pieces("".join(segments)) == segments


@pytest.mark.parametrize(
    "segments",
    [
        ["A paragraph\nof two lines\n\n", "another one \r\n \r\n", "and the last"],
        ["1. First it is.\n", "2. Second\n", "(3) third. ", "More\n", "- a bullet\n", "[*]one more"],
        ["  # Heading one\n", "Step 2. Go on. ", "Then stop."],
        ["\n\n  Text begins late. ", "Yes.\n\n"],
    ],
)
def test_lines_end_a_segment_at_paragraphs_lists_and_headings(segments: list[str]) -> None:
    assert pieces("".join(segments)) == segments


@pytest.mark.parametrize("text", ["", " \n ", "word", "$", "```", "。", "\\begin{a}", "."])
def test_text_without_a_boundary_is_one_segment(text: str) -> None:
    assert sentence_starts(text) == []


MARKS = st.sampled_from(
    [
        *("$", "$$", "\\(", "\\)", "\\[", "\\]", "\\begin{a}", "\\end{a}", "```", "`", "\n", "\n\n", ". "),
        *("! ", "Then", "x", "1.", "- ", "。", "”", "e.g. ", "\\", '"', "**", "Fig. ", "(", ")", "5", "\r\n"),
        "\u00a4",
    ]
)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(MARKS | st.text(max_size=3), max_size=30).map("".join))
@example(text="$x. $. $$ ```\n. A\n``` \\(")
@example(text="\\begin{a}\\begin{a}.\n\nA\\end{a}. B")
def test_segments_join_to_the_text_and_none_ends_inside_a_formula(text: str) -> None:
    starts = sentence_starts(text)
    spans = protected_spans(text)
    assert starts == sorted(set(starts))
    assert all(0 < start < len(text) for start in starts)
    assert "".join(pieces(text)) == text
    assert all(piece.strip() for piece in pieces(text)) or not text.strip()
    assert not [start for start in starts for first, last in spans if first < start < last]


def test_formula_marks_that_nothing_closes_take_no_quadratic_time() -> None:
    for mark in ("\\begin{a} ", "\\( ", "$ a$", "``` \n", "\n\n", "A. ", 'x." '):
        text = mark * 20_000
        assert "".join(pieces(text)) == text

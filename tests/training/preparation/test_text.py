"""How preparation reads text: words, formulas, shingles."""

from __future__ import annotations

import pytest

from training.preparation.text import formula_spans, loose_words, shingles, strict_words, without_formulas


def formulas(text: str) -> list[str]:
    return [text[start:end] for start, end in formula_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Let $x$ and $y_1$.", ["$x$", "$y_1$"]),
        ("$$a\n\nb$$ then \\(c\\) and \\[d\n\\]", ["$$a\n\nb$$", "\\(c\\)", "\\[d\n\\]"]),
        (
            "\\begin{align*} a &= b \\end{align*} \\begin{proof}x\\end{proof}",
            ["\\begin{align*} a &= b \\end{align*}"],
        ),
        ("It costs $5 and then $6.", []),
        ("$5, call 1, $6", []),
        ("$a$10", []),
        ("a \\$ b $c$ d \\$", ["$c$"]),
        ("a $b\n\nc$ d", []),
        ("[asy]draw((0,0)--(1,1));[/asy]", ["[asy]draw((0,0)--(1,1));[/asy]"]),
    ],
)
def test_formulas_are_found_and_money_is_none(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected
    assert len(without_formulas(text)) == len(text)


def test_strict_words_ignore_what_a_formula_looks_like() -> None:
    one = "\\left( \\dfrac{A}{2} \\right) \\leq \\text{Ｈalf}"
    words = strict_words(one)
    assert [word.text for word in words] == ["frac", "a", "2", "le", "half"]
    assert [one[word.start : word.end] for word in words] == ["dfrac", "A", "2", "leq", "Ｈalf"]
    assert [word.text for word in strict_words("text left leq")] == ["text", "left", "leq"]


def test_chinese_characters_are_words() -> None:
    assert [word.text for word in strict_words("设 x_1 是整数。")] == ["设", "x", "1", "是", "整", "数"]
    assert loose_words("x+1 是") == ["x+1", "是"]


@pytest.mark.parametrize(
    ("words", "size", "expected"),
    [
        (["a", "b", "c"], 2, {"a b", "b c"}),
        (["a", "b"], 5, {"a b"}),
        (["a", "b"], 2, {"a b"}),
        (["a"], 1, {"a"}),
    ],
)
def test_shingles_of_a_short_text_are_the_whole_of_it(
    words: list[str], size: int, expected: set[str]
) -> None:
    assert shingles(words, size) == expected


def test_formulas_that_never_close_are_none() -> None:
    for text in ("\\(" * 10_000, "$a \n" * 10_000, "\\begin{align}" * 2_000):
        assert without_formulas(text).strip() == text.strip()

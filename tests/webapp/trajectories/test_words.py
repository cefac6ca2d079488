"""How texts and queries are cut into words."""

from __future__ import annotations

import pytest

from webapp.trajectories.index.words import LONGEST, Term, terms_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Wait, no!", ["wait", "no"]),
        (" 1.67", ["1", "67"]),
        (r"\boxed{\frac{1}{x_2}}", ["boxed", "frac", "1", "x", "2"]),
        ("质子的质量", ["质", "子", "的", "质", "量"]),
        ("ＡＢＣ Straße", ["abc", "strasse"]),
        ("e\u0301tude", ["étude"]),
        ("<img src=x onerror=alert(1)>", ["img", "src", "x", "onerror", "alert", "1"]),
        ("a\0b", ["a", "b"]),
        ("…—!", []),
    ],
)
def test_words_leave_out_case_signs_and_white_space(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_endless_word_is_cut() -> None:
    assert words_of("a" * 5000) == ["a" * LONGEST]


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("proton mass", (Term(("proton",), False), Term(("mass",), False))),
        ('"Proton  mass" kg', (Term(("proton", "mass"), False), Term(("kg",), False))),
        ("1.67", (Term(("1", "67"), False),)),
        ("prot*", (Term(("prot",), True),)),
        ("质子", (Term(("质", "子"), False),)),
        ('"never closed', (Term(("never", "closed"), False),)),
        ("wait wait", (Term(("wait",), False),)),
        ('{}" * AND', (Term(("and",), False),)),
        ("...", ()),
    ],
)
def test_query_asks_for_words_phrases_and_beginnings(query: str, terms: tuple[Term, ...]) -> None:
    assert terms_of(query) == terms

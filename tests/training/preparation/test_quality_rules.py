"""Quality rules: each drops what it names at its threshold, and mathematics stays."""

from __future__ import annotations

import pytest

from training.contract.preparation_quality import QualityRulesConfig
from training.preparation import measures
from training.preparation.finding import Finding
from training.preparation.quality_rules import RULES, start
from training.records import Document

SOUND = (
    "Let $a$, $b$ be real numbers with \\(a + b = 2\\). Find the largest value of $ab$.\n\n"
    "By the inequality of the means, $ab \\le \\left(\\frac{a+b}{2}\\right)^2 = 1$, with equality at $a = b = 1$.\n"
    "\\[ \\boxed{1} \\]"
)


def broken_rules(text: str, **settings: object) -> list[str]:
    (one,) = findings(text, **settings)
    assert one.dropped == bool(one.reasons)
    return [reason.rule for reason in one.reasons]


def findings(*texts: str, **settings: object) -> list[Finding]:
    documents = [Document(index, f"document {index}", text) for index, text in enumerate(texts)]
    return list(start(documents, QualityRulesConfig.model_validate(settings)).findings)


def different(count: int, length: int = 5) -> str:
    """So many words of this length, no two alike."""
    return " ".join(f"{place:x}".rjust(length, "q") for place in range(count))


def test_sound_mathematics_breaks_no_rule() -> None:
    assert broken_rules(SOUND) == []
    chinese = (
        "设正整数x与y满足方程，求所有可能的值。" + "".join(chr(0x4E00 + place) for place in range(80)) + "。"
    )
    assert broken_rules(chinese) == []


@pytest.mark.parametrize(
    ("rule", "text", "settings"),
    [
        ("too_short", "One two three four five six seven.", {}),
        ("too_long", different(11) + ".", {"most_words": 10}),
        ("short_words", "a b c d e f g h i j " * 6 + ".", {}),
        ("long_words", different(50, 11) + ".", {}),
        ("symbols", "@#|@ ~^~^ " * 4 + different(8) + ".", {}),
        ("mostly_digits", "1234567 8901234 5678901 2345678 9012345 six seven eight.", {}),
        ("repeated_lines", f"{different(30)}.\n" + "the same line ends.\n" * 6, {}),
        ("repeated_runs", f"{different(12)}. " * 2 + ".", {"most_repeated_ngrams": 0.3}),
        ("top_run", "buy it now " * 25 + different(10) + ".", {"most_top_ngram": 0.5}),
        ("no_ends", "\n".join(f"a line without an end {place}x" for place in range(9)), {}),
        ("ellipses", "\n".join([f"read more {place}x …" for place in range(4)] + [different(9)]), {}),
        ("bullets", "\n".join(f"- point {place}x of the list." for place in range(12)), {}),
        ("broken", "It is $\x0crac{1}{2}$ of " + different(8) + ".", {}),
        ("broken", "It is $3 \times 4$ or " + different(8) + ".", {}),
        ("broken", "caf\ufffd " + different(8) + ".", {}),
        ("stop_words", different(60) + ".", {"fewest_stop_words": 2}),
        ("boilerplate", f"{different(9)}. We  use\nCookies.", {}),
    ],
)
def test_document_breaks_the_rule_it_was_made_for(rule: str, text: str, settings: dict[str, object]) -> None:
    off = {"most_top_ngram": 1, "most_repeated_ngrams": 1}  # words that repeat would break these as well
    assert broken_rules(text, **(off | settings)) == [rule]


@pytest.mark.parametrize(
    ("settings", "kept"),
    [({"fewest_words": 7}, True), ({"fewest_words": 8}, False), ({"fewest_words": 0}, True)],
)
def test_threshold_itself_is_allowed(settings: dict[str, object], kept: bool) -> None:
    assert (broken_rules("One two three four five six seven.", **settings) == []) is kept


def test_every_rule_is_named_with_its_threshold_and_every_broken_one_said() -> None:
    run = start([], QualityRulesConfig(fewest_words=8))
    assert [rule.rule for rule in run.rules] == [
        *(rule.rule for rule in RULES if rule.rule != "stop_words"),
        "boilerplate",
    ]
    assert [(rule.title, rule.limit) for rule in run.rules[:2]] == [
        ("Too short", "fewer than 8 words"),
        ("Too long", "more than 100,000 words"),
    ]
    (one,) = findings("\x0c\x0c lorem ipsum")
    assert [reason.words for reason in one.reasons] == [
        "2 words.",
        "0 % of the lines end with punctuation or a formula.",
        "14.3 % of the characters are what a wrong encoding or escape left.",
        "Holds “lorem ipsum”.",
    ]
    assert one.reasons[2].marks == ((0, 1), (1, 2))


def test_measures_have_exact_values() -> None:
    assert measures.symbols("a" * 30 + "#" * 10) == 0.25
    assert measures.symbols("###") == 0.0
    assert measures.digits("ab 12, 3") == 0.6
    assert measures.repeated_lines("abcd\nefgh\n abcd \n") == 4 / 12
    assert measures.repeated_runs(["a", "b", "c", "a", "b", "d"], 2) == 2 / 6
    assert measures.top_run(["a", "b", "x", "a", "b", "y"], 2) == 4 / 6
    assert measures.top_run(["a", "b", "c"], 2) == 0.0
    assert measures.ended_lines("One.\nTwo\n$x$\n\\]\n\\end{align*}\nsaid “so.”\n3") == 5 / 7
    assert measures.ellipsis_lines("a...\nb…\nc.\nd") == 0.5
    assert measures.bullet_lines("- a\n* b\n\\item c\nd") == 0.75

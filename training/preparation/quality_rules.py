"""Quality rules: each measures one thing of a document and has a limit; a document that breaks one goes.

Every rule is asked, so that a document names all it breaks. Rules about prose look at the text without its
formulas and are silent where little prose is left: a page of formulas is not poor prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from training.contract.preparation_quality import QualityRulesConfig
from training.preparation import measures
from training.preparation.finding import Finding, Reason, RuleName, Span, StageRun
from training.preparation.text import loose_words, strict_words, without_formulas
from training.records import Document

PHRASE = "boilerplate"
_LITTLE_PROSE = 50  # words: what Gopher's rules were made for
_TOP_RUN = 3
_REPEATED_RUN = 10


class Reading:
    """A text, and what several rules need of it, each made once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> list[str]:
        return loose_words(self.text)

    @cached_property
    def prose(self) -> str:
        return without_formulas(self.text)

    @cached_property
    def prose_words(self) -> list[str]:
        return [word.text for word in strict_words(self.prose)]

    @cached_property
    def spaced_words(self) -> list[str]:
        """The words of prose that are written with spaces between: no single Chinese characters."""
        return [word for word in self.prose_words if word.isascii() or len(word) > 1]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a measure and its limit."""

    rule: str
    title: str
    setting: str  # of QualityRulesConfig, that holds the limit
    limit: str  # in words; {} takes the limit
    said: str  # of a document that breaks it; {} takes what was measured
    measure: Callable[[Reading], float | None]  # None: the rule has nothing to say of this text
    lowest: bool  # whether the limit is the lowest allowed, else the highest
    zero_is_off: bool = False
    share: bool = True  # whether it is shown as a percentage

    def breaks(self, reading: Reading, limit: float) -> float | None:
        """What was measured, where it is beyond the limit."""
        if self.zero_is_off and not limit:
            return None
        value = self.measure(reading)
        if value is None:
            return None
        return value if (value < limit if self.lowest else value > limit) else None

    def shown(self, value: float) -> str:
        return f"{100 * value:.3g} %" if self.share else f"{value:,.4g}" if value % 1 else f"{value:,.0f}"


def _mean_word(reading: Reading) -> float | None:
    words = reading.spaced_words
    return sum(map(len, words)) / len(words) if len(words) >= _LITTLE_PROSE else None


def _top_run(reading: Reading) -> float | None:
    enough = len(reading.prose_words) >= _LITTLE_PROSE
    return measures.top_run(reading.prose_words, _TOP_RUN) if enough else None


RULES: tuple[Rule, ...] = (
    Rule(
        "too_short", "Too short", "fewest_words", "fewer than {} words", "{} words.",
        lambda reading: len(reading.words), lowest=True, zero_is_off=True, share=False,
    ),
    Rule(
        "too_long", "Too long", "most_words", "more than {} words", "{} words.",
        lambda reading: len(reading.words), lowest=False, zero_is_off=True, share=False,
    ),
    Rule(
        "short_words", "Short words", "shortest_mean_word", "mean word of prose under {} characters",
        "The words of prose have {} characters on average.", _mean_word, lowest=True, share=False,
    ),
    Rule(
        "long_words", "Long words", "longest_mean_word", "mean word of prose over {} characters",
        "The words of prose have {} characters on average.", _mean_word, lowest=False, zero_is_off=True, share=False,
    ),
    Rule(
        "symbols", "Symbols", "most_symbols", "more than {} of the prose", "{} of the prose are symbols.",
        lambda reading: measures.symbols(reading.prose), lowest=False,
    ),
    Rule(
        "mostly_digits", "Mostly digits", "most_digits", "more than {} of letters and digits",
        "{} of letters and digits are digits.", lambda reading: measures.digits(reading.text), lowest=False,
    ),
    Rule(
        "repeated_lines", "Repeated lines", "most_repeated_lines", "more than {} of the characters",
        "{} of the characters are in lines that stood before.",
        lambda reading: measures.repeated_lines(reading.text), lowest=False,
    ),
    Rule(
        "repeated_runs", "Repeated runs of words", "most_repeated_ngrams", "more than {} of the characters",
        "{} of the characters are in runs of ten words that stood before.",
        lambda reading: measures.repeated_runs(reading.words, _REPEATED_RUN), lowest=False,
    ),
    Rule(
        "top_run", "One run of words everywhere", "most_top_ngram", "more than {} of the prose",
        "{} of the prose are one run of three words.",
        _top_run, lowest=False,
    ),
    Rule(
        "no_ends", "Lines without an end", "fewest_ended_lines", "fewer than {} of the lines end",
        "{} of the lines end with punctuation or a formula.",
        lambda reading: measures.ended_lines(reading.text), lowest=True, zero_is_off=True,
    ),
    Rule(
        "ellipses", "Cut-off lines", "most_ellipsis_lines", "more than {} of the lines",
        "{} of the lines end with an ellipsis.", lambda reading: measures.ellipsis_lines(reading.text), lowest=False,
    ),
    Rule(
        "bullets", "Bullets", "most_bullet_lines", "more than {} of the lines", "{} of the lines begin with a bullet.",
        lambda reading: measures.bullet_lines(reading.text), lowest=False,
    ),
    Rule(
        "broken", "Broken characters", "most_broken", "more than {} of the characters",
        "{} of the characters are what a wrong encoding or escape left.",
        lambda reading: measures.broken(reading.text), lowest=False,
    ),
    Rule(
        "stop_words", "No stop words", "fewest_stop_words", "fewer than {} of eight", "{} of eight stop words occur.",
        lambda reading: len(measures.STOP_WORDS & set(reading.prose_words)), lowest=True, zero_is_off=True, share=False,
    ),
)  # fmt: skip
"""In the order in which the report names them."""


def start(documents: Iterable[Document], settings: QualityRulesConfig) -> StageRun:
    limits = [(rule, float(getattr(settings, rule.setting))) for rule in RULES]
    asked = [(rule, limit) for rule, limit in limits if limit or not rule.zero_is_off]
    names = [RuleName(rule.rule, rule.title, rule.limit.format(rule.shown(limit))) for rule, limit in asked]
    if settings.phrases:
        names.append(RuleName(PHRASE, "Boilerplate", f"one of {len(settings.phrases)} phrases"))
    phrases = _pattern(settings.phrases)
    return StageRun(tuple(names), _findings(documents, asked, phrases))


def _findings(
    documents: Iterable[Document], rules: Sequence[tuple[Rule, float]], phrases: re.Pattern[str] | None
) -> Iterator[Finding]:
    for document in documents:
        reading = Reading(document.text)
        reasons = [
            Reason(
                rule.rule,
                rule.said.format(rule.shown(value)),
                _broken_marks(reading) if rule.rule == "broken" else (),
                facts={"value": round(value, 6), "limit": limit},
            )
            for rule, limit in rules
            if (value := rule.breaks(reading, limit)) is not None
        ]
        if phrases and (found := list(phrases.finditer(document.text))):
            said = ", ".join(f"“{phrase}”" for phrase in sorted({one.group().lower() for one in found}))
            reasons.append(Reason(PHRASE, f"Holds {said}.", tuple(one.span() for one in found)))
        yield Finding(document, tuple(reasons))


def _broken_marks(reading: Reading) -> tuple[Span, ...]:
    return tuple(found.span() for found in measures.BROKEN.finditer(reading.text))


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """Any of the phrases, whatever the case and the white space in it."""
    parts = [r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases if phrase.split()]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None

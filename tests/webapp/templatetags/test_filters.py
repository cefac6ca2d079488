"""Numbers as people read them, and text that stays text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from webapp.templatetags.foresight import (
    ago,
    code_spans,
    duration,
    file_size,
    percent,
    significant,
    thousands,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_234_567, "1.23 MB"), (999_600, "1 MB"), (None, "–")],
)
def test_file_size_in_steps_of_1000(value: Any, words: str) -> None:
    assert file_size(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4234, "0.42 s"), (12.4, "12 s"), (200, "3 min 20 s"), (3840, "1 h 04 min"), (None, "–"), ("", "–")],
)
def test_duration_in_the_largest_two_units(seconds: Any, words: str) -> None:
    assert duration(seconds) == words


def test_thousands_percent_and_significant_digits() -> None:
    assert (thousands(1234567), thousands(None)) == ("1,234,567", "–")
    assert (percent(0.125), percent(1, 0)) == ("12.5 %", "100 %")
    assert (significant(0.012345), significant(12345.0), significant(1.5)) == ("0.0123", "12300", "1.5")


@pytest.mark.parametrize(
    ("past", "words"),
    [(0, "just now"), (5, "5 s ago"), (61, "1 min ago"), (7300, "2 h ago"), (90000, "1 d ago")],
)
def test_ago_in_whole_units(past: int, words: str) -> None:
    assert ago(timezone.now() - timedelta(seconds=past)) == words


def test_code_spans_escape_everything_else() -> None:
    assert code_spans("use `a<b` & more") == "use <code>a&lt;b</code> &amp; more"
    assert code_spans("one ` alone") == "one ` alone"

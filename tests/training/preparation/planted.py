"""A corpus with one of everything that preparation is for, and what should become of each."""

from __future__ import annotations

import json
from pathlib import Path

LEAKED = "How many positive integers less than one hundred are divisible by both six and fifteen exactly"
_BASE = [f"step{place}" for place in range(60)]
TEXTS: dict[str, str] = {
    "sound": "Let $x$ be a real number with $x^2 = 2$. Then \\(x = \\sqrt{2}\\) or its negative.",
    "original": " ".join(_BASE) + ".",
    "near copy": " ".join([*_BASE[:59], "end"]) + ".",
    "personal": "Questions about the olympiad go to ada@example.org or to the phone number 415-555-2671.",
    "card": "The fee for the contest was paid with the card 4111 1111 1111 1111 last week.",
    "leaked": f"Here is a problem. {LEAKED}? The answer is three.",
    "short": "Too short.",
    "broken": "The value of the fraction is $\x0crac{1}{2}$ as is easily seen.",
}
GOES = {
    "near copy": "near_duplicates",
    "leaked": "decontamination",
    "short": "quality_rules",
    "broken": "quality_rules",
}
"""Which stage drops which."""


def write_corpus(folder: Path) -> Path:
    """A jsonl of the texts, in their order."""
    path = folder / "planted.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS.values()), encoding="utf-8")
    return path


def write_set(folder: Path) -> Path:
    """An evaluation set with the leaked item in its second line."""
    path = folder / "test.jsonl"
    rows = [{"problem": "What is the smallest prime number larger than one hundred?"}, {"problem": LEAKED}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def index_of(name: str) -> int:
    return list(TEXTS).index(name)

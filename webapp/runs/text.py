"""Whitespace as signs that people can see. Pure."""

from __future__ import annotations

SHOWN = {" ": "·", "\n": "⏎", "\r": "␍", "\t": "⇥", "\u00a0": "⍽"}
"""What is drawn for each kind of whitespace. Only for showing: copying gives the original."""


def visible(text: str) -> str:
    """Text on one line with its whitespace drawn."""
    return "".join(SHOWN.get(char, char) for char in text)

"""The corpora that are on every machine, made of the topics of Python's own language reference.

Give names, texts and questions; counting and de-duplicating is the reader's work. The text is that of the
running Python, so its hash differs between Python releases.
"""

from __future__ import annotations

import re

_HEADING = re.compile(r"^(\S[^\n]*)\n(?:\*{3,}|={3,}|-{3,})\n", re.MULTILINE)
_SHORTEST_ANSWER = 80  # characters; shorter paragraphs are notes and signatures


def sample_texts() -> tuple[tuple[str, str], ...]:
    """(topic, text) of every topic of `pydoc_data.topics`, sorted by topic."""
    from pydoc_data.topics import topics  # half a megabyte of text: loaded when asked for

    return tuple(sorted((str(name), str(text)) for name, text in topics.items()))


def sample_questions() -> tuple[tuple[str, str], ...]:
    """(question, answer) about each section of the reference: its title, its first paragraph of prose."""
    found: dict[str, str] = {}
    for _, text in sample_texts():
        _, *parts = _HEADING.split(text)
        for title, body in zip(parts[::2], parts[1::2], strict=True):
            prose = (" ".join(one.split()) for one in body.strip("\n").split("\n\n") if one[:1].isalpha())
            answer = next((one for one in prose if len(one) >= _SHORTEST_ANSWER), "")
            if answer:
                found.setdefault(f"Explain this part of the Python language: {title.strip()}", answer)
    return tuple(found.items())

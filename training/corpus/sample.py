"""The corpus that is on every machine: the topics of Python's own language reference.

Gives names and texts; counting and de-duplicating is the reader's work. The text is that of the
running Python, so its hash differs between Python releases.
"""

from __future__ import annotations


def sample_texts() -> tuple[tuple[str, str], ...]:
    """(topic, text) of every topic of `pydoc_data.topics`, sorted by topic."""
    from pydoc_data.topics import topics  # half a megabyte of text: loaded when asked for

    return tuple(sorted((str(name), str(text)) for name, text in topics.items()))

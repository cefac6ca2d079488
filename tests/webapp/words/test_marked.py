"""Templates mark every word they show for translation."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.words.text import ROOT

SILENT = re.compile(
    r"\{% (comment|blocktranslate)\b.*?\{% end\1 %\}|<(script|style|svg|code|kbd|pre)\b.*?</\2>|\{#.*?#\}"
    r"|\{% block (?:page_class|css|scripts|nav_\w+|row|width|\w+_class) %\}.*?\{% endblock %\}",
    re.DOTALL,
)
LOGIC = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TAGS = re.compile(r"<(?:\"[^\"]*\"|[^<>\"])*>|&#?\w+;", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")
SPOKEN = re.compile(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"{]*)\"")
TERMS = {
    "API", "CSV", "Ctrl", "DOCTYPE", "Enter", "Esc", "FLOP", "Foresight", "GB", "JSON", "JUDGE", "KEY", "KL", "PNG",
    "RLPT", "RPT", "SHA", "Shift", "TFLOP", "YAML", "doctype", "example", "foresight", "hooks", "html", "http", "https",
    "id", "judge", "max", "min", "nats", "org", "pass", "probe", "std", "top", "verl",
}  # fmt: skip
"""Names, units and examples that are the same in every language."""


def unmarked(source: str) -> list[str]:
    """Words that a template shows and does not mark, in its texts and in the names of its controls."""
    heard = LOGIC.sub("", SILENT.sub(" ", source))
    texts = [TAGS.sub(" ", heard), *SPOKEN.findall(heard)]
    return [word for text in texts for word in WORD.findall(text) if word not in TERMS]


def test_finder_finds_texts_and_names_alone() -> None:
    source = """<a class="x" title="Two words" href="{% url 'run' 1 %}">Open {{ it }}</a>{% translate "Said" %}
    {% blocktranslate %}also <b>said</b>{% endblocktranslate %}<code>code</code> <b title="{% translate 'x' %}">a</b>"""
    assert sorted(unmarked(source)) == ["Open", "Two", "words"]


def test_every_word_of_a_template_is_marked() -> None:
    folder = ROOT / "templates"
    found = {
        path.relative_to(folder).as_posix(): words
        for path in sorted(Path(folder).rglob("*.html"))
        if (words := unmarked(path.read_text(encoding="utf-8")))
    }
    assert found == {}

"""Every page in Chinese: what is left in English on it."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.made_site import fill

# What people or models wrote, code and prompts, and the reference of the API, which is for programs.
NOT_OURS = re.compile(
    r"<(script|style|pre|code|svg|datalist|textarea|bdi)\b.*?</\1>"
    r"|<(\w+)\b[^>]*\b(?:lang=\"en\"|translate=\"no\"|data-response|class=\"[^\"]*"
    r"(?:segment|context|excerpt|asked|response|prompt|token|glyph|sample-text|preview|code)\b[^\"]*\")"
    r"[^>]*>.*?</\2>",
    re.DOTALL,
)
MADE = re.compile(
    "divides|even number|first factor|something else follows|Größe|integers|initial answer|break",
    re.IGNORECASE,
)
"""Texts of the made corpora and runs, and the words that mark reasoning: they are English in any language."""
SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z']+\b[ ,]+){3,}[a-z]+")
"""Four English words in a row."""


def english(page: str) -> list[str]:
    """Sentences in English on a page, in its texts and in the names of its controls."""
    body = NOT_OURS.sub(" ", page.split("<main", 1)[-1])
    named = re.findall(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"', body)
    texts = re.sub(r"<[^>]+>", "\n", body).split("\n")
    return [
        text
        for one in (*texts, *named)
        if SENTENCE.search(text := html.unescape(one).strip()) and not MADE.search(text)
    ]


def test_finder_finds_a_sentence_and_no_terms() -> None:
    page = (
        '<main><p>This is left in English.</p><b>GRPO, RPT 与 top-p</b><i title="An axis of the chart"></i>'
    )
    assert english(page) == ["This is left in English.", "An axis of the chart"]


def test_no_page_keeps_an_english_sentence(home: Path, user: Any, client_signed_in: Client) -> None:
    pages = fill(user)
    client_signed_in.post("/language/", {"language": "zh-hans"})
    left = {
        name: found
        for name, address in pages.items()
        if name not in {"api-docs"}
        and (found := english(client_signed_in.get(address, follow=True).content.decode()))
    }
    assert left == {}, json.dumps(left, indent=1, ensure_ascii=False)


@pytest.mark.parametrize(("address", "says"), [("/sign-in/", "登录"), ("/nothing/", "没有这个页面")])
def test_pages_before_signing_in_are_in_chinese(db: None, client: Client, address: str, says: str) -> None:
    page = client.get(address, headers={"accept-language": "zh-CN"}, follow=True).content.decode()
    assert says in page and english(page) == []

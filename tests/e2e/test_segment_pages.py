"""Segments in a browser: a corpus is cut by a real job, then joined, split by the keyboard and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from webapp.corpora.services.upload import add_corpus
text = "Größe 🙂 eins ist da. Zwei folgt ihr nach.\\r\\n\\r\\nSo. <b>Vier</b> ist die Zahl. Ende."
corpus = add_corpus(
    User.objects.get(username={user!r}), file=SimpleUploadedFile("numbers.txt", text.encode()), name="numbers",
    kind="documents", text_field="text", join_fields=[], template="",
)
print(corpus.pk)
"""


@pytest.fixture(scope="module")
def corpus_url(site: Site) -> str:
    """The address of a small corpus that was uploaded."""
    return f"{site.url}/corpora/{site.seed(SEED)}/"


def segments(page: Page) -> list[str]:
    return page.locator(".segment-text").all_text_contents()


def test_corpus_is_cut_joined_split_and_taken_back(signed_in: Page, corpus_url: str) -> None:
    signed_in.goto(corpus_url)
    signed_in.get_by_role("link", name="Segments", exact=True).click(timeout=60_000)
    signed_in.get_by_role("button", name="Cut", exact=True).click()
    expect(signed_in.get_by_role("heading", name="Lengths")).to_be_visible(timeout=120_000)
    signed_in.get_by_role("link", name="numbers.txt").click()
    whole = ["Größe 🙂 eins ist da.", "Zwei folgt ihr nach.", "So.", "<b>Vier</b> ist die Zahl.", "Ende."]
    assert segments(signed_in) == whole

    signed_in.get_by_role("button", name="Join segments 2 and 3").click()
    expect(signed_in.get_by_text("4 segments, 2 may be predicted · 1 change of yours")).to_be_visible()
    assert segments(signed_in)[1] == "Zwei folgt ihr nach.\r\n\r\nSo."

    # The emoji is one character in Python and two in a browser.
    signed_in.get_by_role("button", name="Split segment 1", exact=True).press("Enter")
    expect(signed_in.get_by_role("button", name="Split before eins")).to_be_focused()
    signed_in.keyboard.press("Tab")
    expect(signed_in.get_by_role("button", name="Split before ist")).to_be_focused()
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_text("5 segments, 2 may be predicted · 2 changes of yours")).to_be_visible()
    assert segments(signed_in)[:2] == ["Größe 🙂 eins", "ist da."]

    signed_in.keyboard.press("z")
    expect(signed_in.get_by_text("1 change of yours")).to_be_visible()
    signed_in.get_by_role("button", name="Reset").click()
    expect(signed_in.get_by_text("5 segments, 2 may be predicted", exact=True)).to_be_visible()
    assert segments(signed_in) == whole


def test_closing_a_split_leaves_the_text_as_it_was(signed_in: Page, corpus_url: str) -> None:
    signed_in.goto(f"{corpus_url}segments/0/")
    before = segments(signed_in)
    signed_in.get_by_role("button", name="Split segment 4", exact=True).click()
    expect(signed_in.locator(".cut")).not_to_have_count(0)
    signed_in.keyboard.press("Escape")
    expect(signed_in.locator(".cut")).to_have_count(0)
    assert segments(signed_in) == before
    expect(signed_in.get_by_role("button", name="Split segment 4", exact=True)).to_be_focused()


def test_pages_of_segments_fit_a_phone(signed_in: Page, corpus_url: str) -> None:
    signed_in.set_viewport_size({"width": 375, "height": 800})
    for address in (f"{corpus_url}segments/", f"{corpus_url}segments/0/"):
        signed_in.goto(address)
        assert signed_in.evaluate("() => document.documentElement.scrollWidth") <= 375, address

"""The atlas in a browser: a long text, the threshold, colours by entropy and by pass rate, and the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site
from tests.webapp.corpora.made_long import long_tokens

TOKENS = 12_000
STEPS = 12
ASKED = 40  # the token that the made run asks in its first step, all wrong, and in its last, all right
SEED_OF_TEXT = """
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from tests.webapp.corpora.made_long import long_tokens, made_asked_run, made_long_scan
tokens = long_tokens(TOKENS)
scan = made_long_scan(Path(settings.HOME), User.objects.get(username={user!r}), tokens)
print(scan.corpus_id)
""".replace("TOKENS", str(TOKENS))
SEED = SEED_OF_TEXT.replace(
    "print", f"made_asked_run(scan.corpus, tokens, steps={STEPS}, contexts=6, reach=400)\nprint"
)


@pytest.fixture(scope="module")
def address(site: Site) -> str:
    return f"{site.url}/corpora/{site.seed(SEED)}/documents/0/"


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator("#atlas-text:not([aria-busy]) .token").first.wait_for()
    return page


def token(index: int) -> str:
    """A locator of the token with this index in the document; the first one is no position."""
    return f'.token[data-place="{index - 1}"]'


def kept(page: Page) -> int:
    return int(page.locator("#threshold-rows tr").first.locator("td").first.inner_text().replace(",", ""))


def test_whole_text_is_there_and_only_tokens_near_the_screen_are_elements(
    signed_in: Page, address: str
) -> None:
    page, text = opened(signed_in, address), "".join(long_tokens(TOKENS))
    whole = "() => document.getElementById('atlas-text').textContent"
    assert page.evaluate(whole) == text
    assert page.locator(".token").count() < TOKENS / 3
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(token(TOKENS - 1))).to_be_visible()
    expect(page.locator(token(1))).to_have_count(0)  # let go
    assert page.evaluate(whole) == text
    assert page.evaluate("() => document.documentElement.scrollHeight") == height
    copied = page.evaluate(
        """() => {
             const box = document.getElementById("atlas-text");
             getSelection().selectAllChildren(box);
             const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true });
             box.dispatchEvent(event);
             return event.clipboardData.getData("text/plain");
           }"""
    )
    assert copied == text


def test_threshold_counts_and_underlines_without_asking_the_server(signed_in: Page, address: str) -> None:
    page = opened(signed_in, address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before, marked = kept(page), page.locator(".token[data-kept]").count()
    cost = page.locator("#cost-said").inner_text()
    page.locator("#threshold-range").focus()
    page.keyboard.press("End")
    assert kept(page) < before / 10
    assert page.locator(".token[data-kept]").count() < marked / 10
    assert page.locator("#cost-said").inner_text() != cost
    expect(page.locator("#threshold-number")).to_have_value("2.77")
    expect(page).to_have_url(re.compile("t=2.77"))
    assert [one for one in asked if "/static/" not in one] == []  # a browser may look for the icon


def test_scope_of_the_counts_and_the_cost_of_a_pass_are_said(signed_in: Page, address: str) -> None:
    page = opened(signed_in, address)
    heads = page.locator("#threshold-rows th").all_inner_texts()
    assert heads == ["This document counted exactly", "Whole scan its one document, counted exactly"]
    page.locator("#cost-rollouts").fill("4")
    page.locator("#cost-tokens").fill("100")
    flops = kept(page) * 4 * 100 * 8 * 134_515_008
    expect(page.locator("#cost-said")).to_have_text(
        re.compile(rf"^{flops:.1e}".replace("e+", "e").replace(".", r"\.") + " FLOPs: ")
    )


def test_keyboard_alone_walks_over_what_is_kept(signed_in: Page, address: str) -> None:
    page = opened(signed_in, address)
    page.keyboard.press("n")
    place = page.locator(".token[data-selected]")
    expect(place).to_have_attribute("data-kept", "")
    expect(page.locator(".candidates li")).to_have_count(16)
    expect(page.locator(".candidates li").first).to_contain_text("%")
    expect(page).to_have_url(re.compile(r"[?&]i=\d+"))
    first = place.get_attribute("data-place")
    page.locator("#atlas-text").focus()
    page.keyboard.press("n")
    page.keyboard.press("Shift+N")
    expect(place).to_have_attribute("data-place", first or "")
    page.keyboard.press("ArrowRight")
    expect(place).to_have_attribute("data-place", str(int(first or 0) + 1))


def test_first_token_of_a_window_is_marked(signed_in: Page, address: str) -> None:
    page = opened(signed_in, f"{address}?i=1792")  # windows of 1,024 tokens that overlap by 256
    expect(page.locator(token(1792))).to_have_attribute("data-window", "")
    expect(page.locator("#token-detail")).to_contain_text("256 tokens, a window starts here")
    expect(page.locator(token(1791))).not_to_have_attribute("data-window", "")
    drawn = "index => getComputedStyle(document.querySelector(`.token[data-place='${index - 1}']`)).backgroundImage"
    assert "gradient" in page.evaluate(drawn, 1792)
    page.keyboard.press("c")  # it says something of entropy, nothing of pass rates
    expect(page.locator("#pass-steps")).to_be_visible()
    assert page.evaluate(drawn, 1792) == "none"


def test_pass_rate_colours_what_was_asked_by_the_step(signed_in: Page, address: str) -> None:
    page = opened(signed_in, address)
    page.get_by_role("button", name="Pass rate").click()
    asked, plain = page.locator(token(ASKED)), page.locator(token(ASKED - 1))
    expect(asked).to_have_attribute("data-pass", "4")
    expect(plain).not_to_have_attribute("data-pass", re.compile("."))
    expect(plain).not_to_have_attribute("data-step", re.compile("."))
    expect(page.locator("#pass-said")).to_contain_text(f"step {STEPS} of {STEPS} · ")
    page.locator("#pass-step").focus()
    page.keyboard.press("Home")
    expect(asked).to_have_attribute("data-pass", "0")
    expect(page.locator("#pass-said")).to_have_text(
        f"step 1 of {STEPS} · 6 positions asked by then · mean pass rate 0 %"
    )
    expect(page).to_have_url(re.compile(r"colour=pass&run=\d+&step=1"))
    page.reload()
    expect(page.locator(token(ASKED))).to_have_attribute("data-pass", "0")
    page.keyboard.press("c")
    expect(page.locator(token(ASKED))).to_have_attribute("data-step", re.compile(r"\d"))
    expect(page.locator("#pass-steps")).to_be_hidden()


def test_token_leads_to_its_groups_and_a_group_back_to_its_token(signed_in: Page, address: str) -> None:
    page = opened(signed_in, f"{address}?colour=pass")
    page.locator(token(ASKED)).click()
    groups = page.locator("#token-groups li")
    expect(groups).to_have_count(2)
    expect(groups.first).to_contain_text("100 %")
    expect(groups.last).to_contain_text("0 %")
    page.locator(
        token(3)
    ).hover()  # the click holds the token: on its way to the panel the pointer changes nothing
    expect(groups).to_have_count(2)
    groups.last.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Group 0, step 1")).to_be_visible()
    page.get_by_role("link", name="in the text").click()
    expect(page.locator(token(ASKED))).to_have_attribute("data-selected", "")
    expect(page.locator("#pass-step")).to_have_value("1")


def test_keyboard_alone_walks_steps_and_opens_a_group(signed_in: Page, address: str) -> None:
    page = opened(signed_in, f"{address}?colour=pass&step=2")
    page.keyboard.press("n")
    selected = page.locator(".token[data-selected]")
    expect(selected).to_have_attribute("data-place", str(ASKED - 1))
    page.keyboard.press(",")
    expect(page.locator("#pass-step")).to_have_value("1")
    page.keyboard.press(".")
    expect(page.locator("#pass-step")).to_have_value("2")
    page.locator("#atlas-text").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Group 0, step 1")).to_be_visible()


def test_corpus_without_a_run_says_what_to_do(signed_in: Page, site: Site) -> None:
    page = opened(signed_in, f"{site.url}/corpora/{site.seed(SEED_OF_TEXT)}/documents/0/?colour=pass")
    expect(page.locator("#pass-problem")).to_contain_text("No run has asked positions of this corpus yet.")
    expect(page.locator("#pass-controls")).to_be_hidden()


def test_suggested_threshold_is_set_with_a_click_and_says_that_it_is(signed_in: Page, address: str) -> None:
    page = opened(signed_in, f"{address}?t=1.20&u=2.00")
    suggested = page.get_by_role("button", name="Set to 0.5")
    expect(suggested).to_have_attribute("aria-pressed", "false")
    suggested.click()
    expect(suggested).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#threshold-number")).to_have_value("0.50")
    expect(page.locator("#upper-number")).to_have_value("")
    expect(page).to_have_url(re.compile(r"\?t=0\.50&scan=\d+$"))


def test_atlas_fits_a_phone_in_either_colour(signed_in: Page, address: str) -> None:
    signed_in.set_viewport_size({"width": 375, "height": 800})
    for query in ("", "?colour=pass&i=40"):
        page = opened(signed_in, address + query)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 375, query

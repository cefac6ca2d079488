"""Try it in a browser: a context is typed, the thought streams, each prediction stands under the truth."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.playground.made import make_asked_run
print(make_asked_run(User.objects.get(username={user!r})).pk)
"""
WATCH = """
new MutationObserver(() => {
  const box = document.querySelector('[data-stream="0"]');
  if (box?.textContent) sessionStorage.setItem("streamed", "yes");
}).observe(document, { subtree: true, childList: true });
"""
"""A tiny model is done sooner than a test looks twice: the page itself remembers that it streamed."""
LOADED = 90_000  # ms until a process has imported torch on a busy machine


@pytest.fixture(scope="module")
def run(site: Site) -> int:
    """The number of a run whose checkpoints hold a tiny model."""
    return site.seed(SEED)


@pytest.fixture
def try_page(signed_in: Page, site: Site, run: int) -> Page:
    signed_in.goto(f"{site.url}/runs/{run}/checkpoints/")
    signed_in.get_by_role("link", name="Try it").first.click()
    expect(signed_in.get_by_role("heading", name="Try it")).to_be_visible()
    return signed_in


def ask(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name="Ask", exact=True).first.click()


def test_typed_context_streams_a_thought_and_is_laid_against_the_truth(try_page: Page, run: int) -> None:
    page = try_page
    page.add_init_script(WATCH)
    page.get_by_label("How it really goes on").fill(" of the value")
    page.get_by_label("Text so far").fill("The name")
    ask(page, Responses="2", Token_limit="300")
    expect(page.locator("[data-progress]")).to_have_text(re.compile("Waits|Starting|Loading|tokens"))
    expect(page.locator(".cost")).to_be_visible(timeout=LOADED)
    assert page.evaluate("sessionStorage.getItem('streamed')") == "yes"
    rows = page.locator(".ruler tbody tr")
    expect(rows).to_have_count(4)  # the truth, the plain argmax, two responses
    assert "".join(rows.nth(0).locator(".glyph b").all_inner_texts()) == "·of·the·value"
    expect(page.get_by_text("0 of 2 right").first).to_be_visible()
    expect(page.get_by_text("Without a thought, the same weights say")).to_be_visible()
    expect(page.locator("#try-prompt")).to_contain_text("The name<|im_end|>")
    expect(page).to_have_url(re.compile(rf"of=run%3A{run}%2Fstep%3A20&question=\d+"))
    page.reload()
    expect(page.locator(".ruler tbody tr")).to_have_count(4)


def test_picked_position_answers_at_once_while_the_model_is_warm_and_can_be_asked_of_another(
    try_page: Page,
) -> None:
    page = try_page
    page.get_by_role("button", name="Held out").click()
    expect(page.locator("#places .place")).to_have_count(3)
    page.locator("#places .place").first.click()
    expect(page.get_by_text("predict from here").first).to_be_visible()
    ask(page)
    expect(page.locator(".cost")).to_be_visible(timeout=LOADED)
    page.get_by_label("Ask the same of").select_option(label="Step 10")
    page.locator(".again").get_by_role("button", name="Ask").click()
    expect(page.locator(".cost")).to_be_visible(timeout=LOADED)
    table = page.locator(".others-table tbody tr")
    expect(table).to_have_count(1)
    expect(table).to_contain_text("step 20")


def test_long_context_is_shown_from_its_end(signed_in: Page, site: Site, run: int) -> None:
    signed_in.goto(f"{site.url}/try/?of=run:{run}/step:20&context={'the name of the value ' * 90}")
    seen = "box => [box.scrollTop > 0, box.scrollHeight - box.clientHeight - box.scrollTop <= 1]"
    assert signed_in.get_by_label("Text so far").evaluate(seen) == [True, True]


def test_stop_keeps_what_was_said(try_page: Page) -> None:
    page = try_page
    page.get_by_label("Text so far").fill("The name")
    ask(page, Responses="16", Token_limit="440")
    expect(page.locator('[data-stream="0"]')).not_to_be_empty(timeout=LOADED)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".cost")).to_be_visible(timeout=LOADED)
    assert page.locator(".responses .response").first.inner_text()


def test_context_that_ends_inside_a_token_is_refused_with_where_it_could_end(try_page: Page) -> None:
    page = try_page
    page.get_by_label("How it really goes on").fill("ame of")
    page.get_by_label("Text so far").fill("The n")
    ask(page)
    expect(page.get_by_text("The context ends inside the token")).to_be_visible(timeout=LOADED)
    expect(page.get_by_label("Text so far")).to_have_value("The n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_no_serious_finding_and_fits_a_phone(try_page: Page, scheme: str) -> None:
    page = try_page
    expect(page.locator(".place").first).to_be_visible()
    page.locator(".place").last.click()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = Axe().run(page)
    assert [
        one["id"] for one in found.response["violations"] if one["impact"] in {"serious", "critical"}
    ] == []
    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375

"""Every page of the site, filled: what axe finds, by light and dark; a phone's width; focus; weight.

The pages come from the URL configuration: one without an entry in made_site.py fails here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, TimeoutError

from tests.e2e.site import Site, running_site, sign_in
from tests.training.tiny import make_tiny_model
from tests.webapp.made_site import readable_addresses

MOST_KILOBYTES = 300  # of a page and all it loads, plotly.js and pages it fetches ahead apart
PHONE = 375
TABS = 6  # how many stops of the Tab key are looked at
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(one => !one.name.includes("plotly.min.js"))
    .filter(one => ![...document.querySelectorAll("link[rel=prefetch]")].some(ahead => ahead.href === one.name))
    .reduce((sum, one) => sum + one.encodedBodySize, 0) / 1000"""
FOCUS = """() => {
    if (document.activeElement === document.body) return "";  // beyond the last stop
    const style = getComputedStyle(document.activeElement);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return outlined || style.boxShadow !== "none" ? "" : document.activeElement.outerHTML.slice(0, 120);
}"""
FITS = "width => document.documentElement.scrollWidth <= width"
WIDE = """width => {
    const inScroller = one => {
        for (let at = one.parentElement; at; at = at.parentElement)
            if (getComputedStyle(at).overflowX !== "visible") return true;
        return false;
    };
    const over = [...document.body.querySelectorAll("*")]
        .filter(one => one.getBoundingClientRect().right > width + 1 && !inScroller(one));
    return over.slice(-3).map(one => one.outerHTML.slice(0, 120)).join("\\n") || "the page is wider";
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: what fills it would stand in the lists that other tests look at."""
    home = tmp_path_factory.mktemp("filled")
    make_tiny_model(home / "models" / "tiny")
    with running_site(home) as running:
        yield running


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, str]:
    return site.fill()


@pytest.fixture(scope="module")
def window(browser: Browser, site: Site) -> Iterator[Page]:
    """One window for all pages, signed in, so that what pages share is loaded once."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    sign_in(page, site.url, site.user, site.password)
    yield page
    context.close()


def serious(page: Page, *rules: str) -> list[str]:
    """What axe calls serious or critical: rule, element, why."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found_by_axe = page.evaluate("options => axe.run(options)", options)
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"
        for found in found_by_axe["violations"]
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


def frame(page: Page) -> list[str]:
    """What each page must have once, said as faults."""
    faults = []
    headings = page.locator("h1").count()
    if headings != 1:
        faults.append(f"{headings} headings h1")
    if page.title().split(" · ")[0].strip() in {"", "Foresight"} and page.url.rstrip("/").count("/") > 2:
        faults.append(f"no title of its own: {page.title()!r}")
    if page.locator("html").get_attribute("lang") != "en":
        faults.append("no language")
    return faults


def focus(page: Page) -> list[str]:
    """Stops of the Tab key that cannot be seen."""
    faults = []
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if hidden := page.evaluate(FOCUS):
            faults.append(f"focus is not seen on {hidden}")
    return faults


def look_at(page: Page, address: str) -> list[str]:
    """Everything that is wrong with one page."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    faults = [*frame(page), *serious(page), *focus(page)]
    weight = page.evaluate(WEIGHT)
    if weight > MOST_KILOBYTES:
        faults.append(f"weighs {weight:.0f} kB")
    page.emulate_media(color_scheme="dark")
    faults += [f"dark: {fault}" for fault in serious(page, "color-contrast")]
    page.set_viewport_size({"width": PHONE, "height": 800})
    try:
        page.wait_for_function(FITS, arg=PHONE, timeout=3000)  # charts follow a little later
    except TimeoutError:
        faults.append(f"scrolls sideways at {PHONE} px: {page.evaluate(WIDE, PHONE)}")
    faults += [f"phone: {fault}" for fault in serious(page, "scrollable-region-focusable")]
    return faults


def test_every_readable_address_is_looked_at(pages: dict[str, str]) -> None:
    assert {name.split(" ")[0] for name in pages} == set(readable_addresses())


def test_pages_are_accessible_light_dark_and_on_a_phone(
    window: Page, site: Site, pages: dict[str, str]
) -> None:
    faults = {name: found for name, path in pages.items() if (found := look_at(window, site.url + path))}
    faults["no such page"] = look_at(window, f"{site.url}/runs/999999/")
    window.context.clear_cookies()
    faults["sign-in, signed out"] = look_at(window, f"{site.url}/sign-in/")
    faults = {name: found for name, found in faults.items() if found}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)

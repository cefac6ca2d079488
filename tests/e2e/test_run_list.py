"""The list of runs in a browser: filters in the address, tags, one verb for many, keys; a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_bare_run
owner = User.objects.get(username={user!r})
for number in range(30):
    run = make_bare_run(owner, MadeRun(f"listed {{number:02d}}", "failed" if number % 3 else "succeeded"))
print(run.pk)
"""


@pytest.fixture(scope="module")
def newest(site: Site) -> int:
    """The number of the newest of thirty runs, of which ten have finished."""
    return site.seed(SEED)


@pytest.fixture
def runs(signed_in: Page, site: Site, newest: int) -> Page:
    signed_in.goto(f"{site.url}/runs/?q=listed&sort=name")
    expect(signed_in.locator("tr[data-row]")).to_have_count(25)
    return signed_in


def names(page: Page) -> list[str]:
    return page.locator(".run-title > a:not(.button)").all_inner_texts()


def test_filters_are_kept_in_the_address_and_survive_a_reload(runs: Page, site: Site) -> None:
    runs.get_by_label("State", exact=True).select_option("succeeded")
    expect(runs.locator("tr[data-row]")).to_have_count(10)
    assert runs.url == f"{site.url}/runs/?q=listed&state=succeeded&sort=name"
    runs.reload()
    assert names(runs)[:2] == ["listed 00", "listed 03"]
    runs.get_by_label("Name or corpus").fill("listed 03")
    runs.get_by_label("Name or corpus").press("Enter")
    expect(runs.locator("tr[data-row]")).to_have_count(1)
    runs.go_back()
    expect(runs.locator("tr[data-row]")).to_have_count(10)


def test_ticked_row_looks_ticked(runs: Page) -> None:
    row = runs.locator("tr[data-row]", has_text="listed 01")
    look = "row => [getComputedStyle(row).backgroundColor, getComputedStyle(row).boxShadow]"
    before = row.evaluate(look)
    row.get_by_label("Choose listed 01").check()
    ticked = row.evaluate(look)
    assert ticked[0] != before[0] and (before[1], "inset" in ticked[1]) == ("none", True)
    row.hover()
    assert row.evaluate(look) == ticked


def test_ticked_runs_are_tagged_and_found_by_the_tag(runs: Page) -> None:
    for name in ("listed 01", "listed 04"):
        runs.get_by_label(f"Choose {name}").check()
    expect(runs.locator("[data-tick-count]")).to_have_text("2 ✓")
    runs.locator(".bulk-bar summary").click()
    runs.get_by_label("Tags, with commas").fill("lr sweep, seed 1")
    runs.get_by_label("Tags, with commas").press("Enter")
    expect(runs.get_by_text("Add tags: 2 runs changed.")).to_be_visible()
    runs.get_by_label("Tag", exact=True).select_option("lr sweep")
    expect(runs.locator("tr[data-row]")).to_have_count(2)
    assert names(runs) == ["listed 01", "listed 04"]
    expect(runs.locator("tr[data-row]").first.locator(".tag")).to_have_text(["lr sweep", "seed 1"])


def test_runs_are_archived_and_taken_out_again(runs: Page, site: Site) -> None:
    runs.get_by_label("Choose listed 02").check()
    runs.get_by_role("button", name="Archive", exact=True).click()
    expect(runs.get_by_text("Archive: 1 run changed.")).to_be_visible()
    assert "listed 02" not in names(runs)
    runs.get_by_label("Kept").select_option("archived")
    expect(runs.locator("tr[data-row]")).to_have_count(1)
    runs.get_by_label("All on this page").check()
    runs.get_by_role("button", name="Take out of the archive").click()
    expect(runs.get_by_text("No run matches")).to_be_visible()


def test_deletion_is_asked_and_says_what_goes(runs: Page) -> None:
    runs.get_by_label("Choose listed 05").check()
    runs.get_by_role("button", name="Delete…").click()
    expect(runs.get_by_role("heading", name="Delete 1 run?")).to_be_visible()
    expect(runs.get_by_text("This cannot be undone.")).to_be_visible()
    runs.get_by_role("link", name="Leave them as they are").click()
    assert "listed 05" in names(runs)
    runs.get_by_label("Choose listed 05").check()
    runs.get_by_role("button", name="Delete…").click()
    runs.get_by_role("button", name="Delete for good").click()
    expect(runs.get_by_text("Delete: 1 run changed.")).to_be_visible()
    assert "listed 05" not in names(runs)


def test_name_tags_and_notes_are_edited_in_place(runs: Page, site: Site, newest: int) -> None:
    runs.get_by_label("Edit listed 06").click()
    expect(runs.get_by_label("Name", exact=True)).to_be_focused()
    runs.get_by_label("Name", exact=True).fill("")
    runs.get_by_label("Name", exact=True).evaluate("input => input.removeAttribute('required')")
    runs.get_by_role("button", name="Save").click()
    expect(runs.get_by_text("A run needs a name.")).to_be_visible()
    runs.get_by_label("Name", exact=True).fill("listed 06, renamed")
    runs.get_by_label("Notes").fill("<b>why</b>\nsecond line")
    runs.get_by_role("button", name="Save").click()
    link = runs.get_by_role("link", name="listed 06, renamed", exact=True)
    expect(link).to_be_visible()
    link.click()
    expect(runs.get_by_role("heading", name="listed 06, renamed")).to_be_visible()
    expect(runs.locator(".notes")).to_have_text("<b>why</b>\nsecond line")
    runs.get_by_role("link", name="Name, tags, notes").click()
    runs.get_by_label("Tags", exact=True).fill("from the run page")
    runs.get_by_role("button", name="Save").click()
    expect(runs.locator(".people .tag")).to_have_text("from the run page")


def test_list_is_walked_starred_and_ticked_with_keys(runs: Page) -> None:
    runs.keyboard.press("/")
    expect(runs.get_by_label("Name or corpus")).to_be_focused()
    runs.get_by_label("Name or corpus").press("Tab")
    runs.locator("h1").click()
    for key in ("j", "j", "k", "j", "x", "s"):
        runs.keyboard.press(key)
    expect(runs.get_by_role("link", name="listed 01", exact=True)).to_be_focused()
    expect(runs.get_by_label("Choose listed 01")).to_be_checked()
    expect(runs.get_by_label("Star listed 01")).to_have_attribute("aria-pressed", "true")
    runs.keyboard.press("e")
    expect(runs.get_by_label("Name", exact=True)).to_have_value("listed 01")
    runs.keyboard.press("Escape")
    expect(runs.get_by_role("dialog")).to_have_count(0)
    runs.keyboard.press("c")
    runs.wait_for_url(re.compile(r"/compare/\?runs=\d+$"))


def test_everything_that_matches_is_changed_at_once(runs: Page, site: Site) -> None:
    runs.goto(f"{site.url}/runs/?q=listed&state=failed")
    runs.get_by_label("State", exact=True).focus()
    runs.goto(f"{site.url}/runs/?q=listed")
    runs.get_by_label(re.compile(r"All \d+ that match")).check()
    runs.get_by_role("button", name="Star", exact=True).click()
    expect(runs.get_by_text(re.compile(r"Star: \d\d runs changed\."))).to_be_visible()
    runs.get_by_role("link", name="Next").click()
    expect(runs.locator('tr[data-row] .star[aria-pressed="false"]')).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/runs/", "/notifications/", "/account/notifications/"])
def test_pages_fit_a_phone(signed_in: Page, site: Site, newest: int, path: str) -> None:
    signed_in.set_viewport_size({"width": 375, "height": 800})
    signed_in.goto(f"{site.url}{path}")
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= 375
    cut = "frames => frames.filter(frame => frame.scrollWidth > frame.clientWidth).length"
    assert signed_in.locator(".table-frame").evaluate_all(cut) == 0  # no column of a run is beyond the edge

"""The strip of a run's steps in a browser: by keyboard, by mouse, and while the run goes on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
print(make_run(User.objects.get(username={user!r}), MadeRun("strip", "succeeded", steps=6, steps_asked=10)).pk)
"""
ONE_MORE = """
from webapp.runs.models import MetricPoint, Run
run = Run.objects.get(name="strip", owner__username={user!r})
MetricPoint.objects.create(run=run, key="reward/mean", attempt=1, step=7, value=0.25, time=run.created)
print(7)
"""
REFRESH = (
    "import('/static/js/parts.js').then((parts) => parts.refreshPart('run:steps', 'verdict-part', true))"
)


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    return f"{site.url}/runs/{site.seed(SEED)}/"


def test_arrows_move_along_the_steps_and_enter_opens_one(signed_in: Page, run_url: str) -> None:
    page = signed_in
    page.goto(run_url)
    cells = page.get_by_role("toolbar", name="Steps of the run").get_by_role("link")
    expect(cells).to_have_count(6)
    page.get_by_role("list", name="Verdict").get_by_role("link").last.focus()
    page.keyboard.press("Tab")
    expect(cells.nth(5)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(cells.nth(3)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(cells.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Groups of step 2")).to_be_visible()


def test_click_opens_the_groups_of_the_step(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    signed_in.get_by_role("link", name="Step 4: hit rate").click()
    expect(signed_in.get_by_role("heading", name="Groups of step 4")).to_be_visible()


def test_new_step_appears_once_nobody_stands_on_the_strip(signed_in: Page, site: Site, run_url: str) -> None:
    page = signed_in
    page.goto(run_url)
    cells = page.locator("[data-strip] > a")
    cells.nth(2).focus()
    before = cells.nth(2).bounding_box()
    site.seed(ONE_MORE)
    page.evaluate(REFRESH)
    page.wait_for_timeout(1000)
    expect(cells.nth(2)).to_be_focused()
    expect(cells).to_have_count(6)
    page.get_by_role("heading", name="Metrics", exact=True).click()
    expect(cells).to_have_count(7)
    expect(cells.nth(6)).to_have_attribute("title", "Step 7: hit rate 0.250")
    assert cells.nth(2).bounding_box() == before

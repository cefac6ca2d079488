"""Keys of a run's page, the thresholds in its charts, and its list of steps, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
print(make_run(User.objects.get(username={user!r}), MadeRun("keys", "succeeded", steps=24, steps_asked=24)).pk)
"""
NEW_STEPS = "import('/static/js/new_steps.js').then((list) => [23, 25, 26, 26].forEach(list.tellOfStep))"


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    return f"{site.url}/runs/{site.seed(SEED)}/"


def test_slash_goes_to_the_filter_of_metrics(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    signed_in.keyboard.press("/")
    expect(signed_in.get_by_label("Filter by regular expression")).to_be_focused()
    signed_in.keyboard.type("perf/")
    expect(signed_in.get_by_role("heading", name="perf/max_memory_allocated_gb")).to_be_visible()


def test_question_mark_lists_the_keys_but_not_while_one_types(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}?tab=groups")
    signed_in.keyboard.press("/")
    signed_in.keyboard.type("?")
    expect(signed_in.get_by_label("Search all rollouts")).to_have_value("?")
    expect(signed_in.get_by_role("dialog", name="Keys")).to_be_hidden()
    signed_in.get_by_role("heading", name="Steps").click()
    signed_in.keyboard.press("?")
    expect(signed_in.get_by_role("dialog", name="Keys")).to_be_visible()


def test_chart_has_the_limits_that_its_curve_comes_near(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    form = signed_in.locator('[data-key="format/share"] .annotation-text')
    expect(form.filter(has_text="good from 0.9")).to_be_visible()
    kl = signed_in.locator('[data-key="update/kl"]')
    kl.scroll_into_view_if_needed()
    expect(kl.locator(".js-plotly-plot, .plot-container").first).to_be_visible()
    expect(kl.locator(".annotation-text").filter(has_text="bad from")).to_have_count(0)


def test_evidence_of_a_check_is_unfolded_where_it_has_no_tile_of_its_own(
    signed_in: Page, run_url: str
) -> None:
    signed_in.goto(run_url)
    folded = signed_in.get_by_role("heading", name="perf/max_memory_allocated_gb")
    expect(folded).to_be_hidden()
    signed_in.evaluate("location.hash = 'perfmax_memory_allocated_gb'")
    expect(folded).to_be_in_viewport()


def test_new_steps_are_counted_once_and_wait(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}?tab=groups")
    signed_in.evaluate(NEW_STEPS)
    expect(signed_in.get_by_role("link", name="2 new steps")).to_be_visible()
    expect(signed_in.get_by_role("link", name="Step 24", exact=True)).to_be_visible()


def test_slash_goes_to_the_filter_of_a_comparison_too(signed_in: Page, site: Site, run_url: str) -> None:
    number = run_url.rstrip("/").rpartition("/")[2]
    signed_in.goto(f"{site.url}/compare/?runs={number}")
    signed_in.keyboard.press("/")
    expect(signed_in.get_by_label("Filter by regular expression")).to_be_focused()
    signed_in.get_by_role("heading", name="Metrics", exact=True).click()
    signed_in.keyboard.press("?")
    expect(signed_in.get_by_role("dialog", name="Keys")).to_be_visible()

"""The judge's tab in a browser: verdicts by length, a sample judged by keyboard, a run judged again by a real job."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.audits.made import make_judged_run
print(make_judged_run(User.objects.get(username={user!r}), 6).pk)
"""


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    """The address of a made run of next-segment reasoning."""
    return f"{site.url}/runs/{site.seed(SEED)}/"


def draw_sample(page: Page, run_url: str) -> None:
    page.goto(f"{run_url}judge/")
    page.get_by_role("button", name="Draw a sample").click()
    expect(page.get_by_role("heading", name=re.compile("^Sample"))).to_be_visible()


def test_tab_draws_verdicts_by_length(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    signed_in.get_by_role("link", name="Judge", exact=True).click()
    bars = signed_in.locator("[data-lengths] .barlayer .trace")
    expect(bars).to_have_count(3, timeout=30_000)  # the chart library is large
    expect(signed_in.get_by_text("Predictions judged")).to_be_visible()
    expect(signed_in.get_by_label("Address up to /v1")).to_be_hidden()
    signed_in.get_by_label("Judge", exact=True).select_option("endpoint")
    expect(signed_in.get_by_label("Address up to /v1")).to_be_visible()


def test_sample_is_judged_by_keyboard_alone(signed_in: Page, run_url: str) -> None:
    draw_sample(signed_in, run_url)
    progress = signed_in.locator("#queue .progress-label")
    predicted = signed_in.locator(".predicted")
    first = predicted.inner_text()
    signed_in.keyboard.press("a")
    expect(progress).to_contain_text("1 of 20")
    expect(signed_in.get_by_text("You: right. The judge:")).to_be_visible()
    signed_in.keyboard.press("u")
    expect(progress).to_contain_text("0 of 20")
    expect(predicted).to_have_text(first)
    for number in range(1, 21):
        wrong = "Perhaps" in predicted.inner_text() or number == 5
        signed_in.keyboard.press("s" if number == 3 else "d" if wrong else "a")
        expect(progress).to_contain_text(f"{number} of 20")
    expect(signed_in.get_by_role("heading", name="All 20 pairs are judged")).to_be_visible()
    expect(signed_in.get_by_text("95 % interval")).to_be_visible()
    expect(signed_in.get_by_role("heading", name="Where you and the judge part")).to_be_visible()


def test_other_rule_is_judged_by_a_job_and_flips_lead_to_their_groups(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}judge/")
    signed_in.get_by_label("Rule").select_option("strict")
    signed_in.get_by_role("button", name="Judge again").click()
    expect(signed_in.get_by_role("heading", name="Judged again by deterministic_for_tests")).to_be_visible()
    flips = signed_in.get_by_role("heading", name="Flipped predictions")
    expect(flips).to_be_visible(timeout=120_000)  # the page loads itself anew when the job has ended
    signed_in.locator("table.flips tbody a").first.click()
    expect(signed_in).to_have_url(re.compile(r"/steps/\d+/groups/\d+/\?rollout=\d+$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_judge_pages_fit_a_phone_and_pass_axe(signed_in: Page, run_url: str, scheme: str) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    draw_sample(signed_in, run_url)
    signed_in.set_viewport_size({"width": 375, "height": 800})
    for url in (signed_in.url, f"{run_url}judge/"):
        signed_in.goto(url)
        signed_in.wait_for_load_state("networkidle")
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= 375
        found = Axe().run(signed_in).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []

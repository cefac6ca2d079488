"""Before a launch, in a browser: the exact prompt, a probe that runs, and the chart of a finished one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.probes.made_probe import made_probe, made_result
corpus = made_corpus(Path(settings.HOME), User.objects.get(username={user!r}), name="made for a probe")
print(made_probe(corpus, made_result()).pk)
"""


@pytest.fixture(scope="module")
def probe_url(site: Site) -> str:
    """The address of a finished probe with planted groups."""
    return f"{site.url}/probes/{site.seed(SEED)}/"


def bars(page: Page) -> list[list[float]]:
    """Each colour's shares over the bins, once the chart is drawn."""
    page.wait_for_function("() => document.querySelector('#probe-chart.js-plotly-plot')?.data?.length === 3")
    found: list[list[float]] = page.evaluate(
        "() => document.getElementById('probe-chart').data.map(t => t.y)"
    )
    return found


def test_probe_page_draws_the_shares_of_each_bin(signed_in: Page, probe_url: str) -> None:
    signed_in.goto(probe_url)
    assert bars(signed_in) == [[0.9, 0.3], [0.1, 0.6], [0, 0.1]]
    ink = "() => document.getElementById('probe-chart').layout.font.color"
    light = signed_in.evaluate(ink)
    signed_in.emulate_media(color_scheme="dark")
    signed_in.wait_for_function(f"before => ({ink})() !== before", arg=light)


def test_use_this_band_opens_the_form_with_the_band(signed_in: Page, probe_url: str) -> None:
    signed_in.goto(probe_url)
    signed_in.get_by_role("button", name="Use this band").click()
    expect(signed_in.get_by_role("heading", name="New experiment")).to_be_visible()
    expect(signed_in.locator('[id="id_positions.selection"]')).to_have_value("band")
    expect(signed_in.locator('[id="id_positions.threshold"]')).to_have_value("1")
    expect(signed_in.locator('[id="id_positions.upper_threshold"]')).to_have_value("1.5")


def test_probe_page_and_form_fit_a_phone(signed_in: Page, site: Site, probe_url: str) -> None:
    signed_in.set_viewport_size({"width": 375, "height": 800})
    for address in (probe_url, f"{site.url}/probes/", f"{site.url}/experiments/new/"):
        signed_in.goto(address)
        assert signed_in.evaluate("() => document.documentElement.scrollWidth") <= 375, address


def test_prompt_and_probe_of_the_form_with_a_real_model(signed_in: Page, site: Site) -> None:
    signed_in.goto(f"{site.url}/corpora/")
    sample = signed_in.get_by_role("button", name=re.compile("sample", re.IGNORECASE))
    if sample.count():
        sample.first.click()
    signed_in.goto(f"{site.url}/experiments/new/?preset=demo-cpu")
    for name, value in (
        ("model.name", "tiny"),
        ("data.max_documents", "1"),
        ("cold_start.steps", "0"),
        ("positions.upper_threshold", "3"),
    ):
        signed_in.locator(f'[id="id_{name}"]').fill(value)
    signed_in.get_by_role("button", name="Show the exact prompt").click()
    prompt = signed_in.locator("#exact-prompt")
    expect(prompt).to_be_visible(timeout=60_000)
    assert prompt.inner_text().startswith("<|im_start|>user\nPredict the next token in \\boxed{}.\n\n")
    assert prompt.inner_text().rstrip("\n").endswith("<think>")
    signed_in.locator("#id_probe_positions").fill("3")
    signed_in.locator("#id_probe_samples").fill("2")
    signed_in.get_by_role("button", name="Probe first").click()
    expect(signed_in.get_by_role("heading", name="Probe: what GRPO could learn from")).to_be_visible()
    expect(signed_in.get_by_role("heading", name="Groups by entropy")).to_be_visible(timeout=90_000)
    expect(signed_in.get_by_text("3 x 2")).to_be_visible()
    assert len(bars(signed_in)[0]) == 1

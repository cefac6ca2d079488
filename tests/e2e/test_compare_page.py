"""Runs side by side in a browser: lines, hiding, pinning, grouping, one crosshair, and all of it in the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_comparison import make_comparison
runs = make_comparison(User.objects.get(username={user!r}))
print(runs[0].pk)
"""
REWARD = '[data-key="reward/mean"]'


@pytest.fixture(scope="module")
def first(site: Site) -> int:
    """The number of the first of four runs that follow each other."""
    return site.seed(SEED)


@pytest.fixture
def compared(signed_in: Page, site: Site, first: int) -> Page:
    """The page of the four runs, its first chart drawn."""
    signed_in.goto(f"{site.url}/compare/?runs={','.join(str(first + place) for place in range(4))}")
    wait_for_lines(signed_in, 4)
    return signed_in


def wait_for_lines(page: Page, count: int) -> None:
    """Until the reward has so many lines; faint raw ones and bands are none."""
    page.wait_for_function(
        """([tile, count]) => {
             const traces = document.querySelector(`${tile} .js-plotly-plot`)?.data ?? [];
             return traces.filter((trace) => trace.hovertemplate).length === count;
           }""",
        arg=[REWARD, count],
    )


def test_ticked_runs_of_the_list_are_compared(signed_in: Page, site: Site, first: int) -> None:
    signed_in.goto(f"{site.url}/runs/")
    for name in ("lr 1e-05, seed 0", "lr 5e-05, seed 1"):
        signed_in.get_by_label(f"Choose {name}").check()
    signed_in.get_by_role("button", name="Compare the ticked runs").click()
    expect(signed_in.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    wait_for_lines(signed_in, 2)
    colours = signed_in.evaluate(
        f"() => document.querySelector('{REWARD} .js-plotly-plot').data.filter(t => t.name).map(t => t.line.color)"
    )
    assert len(set(colours)) == 2
    labels = signed_in.locator(f"{REWARD} .annotation-text")
    expect(labels).to_have_count(2)
    # without the words they share
    assert set(labels.all_text_contents()) == {"1e-05, seed 0", "5e-05, seed 1"}


def test_eye_hides_a_run_and_the_address_keeps_it(compared: Page, first: int) -> None:
    eye = compared.locator(f'[data-eye="{first}"]')
    eye.click()
    wait_for_lines(compared, 3)
    expect(eye).to_have_attribute("aria-pressed", "false")
    expect(compared).to_have_url(re.compile(rf"hide={first}"))
    compared.reload()
    wait_for_lines(compared, 3)
    compared.locator(f'[data-eye="{first}"]').click()
    wait_for_lines(compared, 4)


def test_pin_keeps_what_was_chosen_before_and_leads_every_table(compared: Page, first: int) -> None:
    compared.locator("[data-smooth]").fill("1")
    compared.get_by_label("Pin lr 5e-05, seed 0: the others are compared with it").click()
    compared.wait_for_url(re.compile(rf"smooth=1.*pin={first + 2}|pin={first + 2}.*smooth=1"))
    wait_for_lines(compared, 4)
    heads = compared.locator(".settings-table thead th").all_inner_texts()
    assert [head.strip() for head in heads][:2] == ["Setting", "lr 5e-05, seed 0"]
    widths = compared.evaluate(
        f"() => document.querySelector('{REWARD} .js-plotly-plot').data.map(t => [t.line.width, t.opacity])"
    )
    assert widths == [[1.25, 0.6], [1.25, 0.6], [1.25, 0.6], [2, 1]]


def test_group_by_draws_means_and_bands_of_seeds(compared: Page) -> None:
    compared.locator("[data-group]").select_option("optimisation.learning_rate")
    wait_for_lines(compared, 2)
    expect(compared).to_have_url(re.compile("group=optimisation.learning_rate"))
    filled = compared.evaluate(
        f"() => document.querySelector('{REWARD} .js-plotly-plot').data.filter(t => t.fill === 'tonexty').length"
    )
    assert filled == 2
    expect(compared.locator("[data-x-axis]")).to_be_disabled()
    expect(compared.locator(f"{REWARD} .annotation-text").first).to_have_text(re.compile(r"-05 \(2 runs\)"))
    compared.reload()
    wait_for_lines(compared, 2)


def test_one_crosshair_moves_over_all_charts(compared: Page) -> None:
    other = '[data-key="format/share"]'
    compared.wait_for_selector(f"{other} .js-plotly-plot .scatterlayer .trace")
    box = compared.locator(f"{REWARD} .nsewdrag").bounding_box()
    assert box is not None
    compared.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(
        compared.locator(f"{other} .hoverlayer .legend, {other} .hoverlayer .hovertext").first
    ).to_be_attached()
    compared.mouse.move(5, 5)
    expect(compared.locator(f"{other} .hoverlayer .legend, {other} .hoverlayer .hovertext")).to_have_count(0)


def test_axis_of_time_and_the_filter_of_other_metrics_stay_in_the_address(compared: Page) -> None:
    compared.locator("[data-x-axis]").select_option("relative")
    compared.wait_for_function(
        f"() => document.querySelector('{REWARD} .js-plotly-plot').data.at(-1).x.at(-1) > 5"
    )
    compared.locator("[data-other] summary").click()
    compared.locator("[data-other-filter]").fill("time/gen")
    expect(compared.locator("[data-other-tiles] .tile:visible")).to_have_count(1)
    tile = compared.locator('[data-other-tiles] [data-key="time/generate"] .js-plotly-plot')
    expect(tile).to_be_visible()
    expect(compared).to_have_url(re.compile(r"x=relative.*metric=time"))


def test_contexts_of_a_pair_link_to_the_groups_of_both(compared: Page, first: int) -> None:
    compared.locator("#pair").scroll_into_view_if_needed()
    expect(compared.locator("#contexts")).to_contain_text("contexts that both were asked at")
    compared.locator("#pair-other").select_option(str(first + 3))
    expect(compared.locator("#contexts")).to_contain_text(
        "lr 5e-05, seed 1 earned more".replace(" earned more", "")
    )
    expect(compared).to_have_url(re.compile(rf"other={first + 3}"))
    compared.locator("#contexts a").first.click()
    expect(compared.get_by_role("heading", name=re.compile(r"Group \d+, step \d+"))).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_comparison_fits_a_phone_and_has_no_serious_fault_of_access(compared: Page, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    compared.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = Axe().run(compared)
    serious = [one["id"] for one in found.response["violations"] if one["impact"] in {"serious", "critical"}]
    assert serious == []
    compared.set_viewport_size({"width": 375, "height": 800})
    compared.wait_for_timeout(300)
    assert compared.evaluate("document.documentElement.scrollWidth") <= 375


def test_runs_stand_side_by_side_under_another_reward(compared: Page) -> None:
    compared.locator("#what-if").scroll_into_view_if_needed()
    rows = compared.locator(".rules-table tbody tr")
    expect(rows).to_have_count(4)
    compared.get_by_label("against").select_option(label="Prefix")
    expect(rows.first.locator("td b").first).to_have_text(re.compile(r"0\.\d{3}"))
    expect(compared).to_have_url(re.compile("rule=prefix"))
    compared.get_by_label("From step").fill("20")
    compared.get_by_label("From step").blur()
    expect(rows.first.locator("td").last).to_contain_text("30")  # five steps of six groups

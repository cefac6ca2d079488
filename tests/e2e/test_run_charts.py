"""Axes, zoom and full screen of a run's charts in a browser, on a made run that has ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
from webapp.runs.models import MetricPoint
owner = User.objects.get(username={user!r})
run = make_run(owner, MadeRun("charts", "succeeded", steps=24, steps_asked=24))
MetricPoint.objects.bulk_create(
    MetricPoint(run=run, key="compute/rollout_tokens", attempt=1, step=step, value=100.0, time=run.created)
    for step in range(1, 25)
)
print(run.pk)
"""
SEED_LONG = """
from datetime import timedelta
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.runs.models import MetricPoint, Run
from webapp.runs.rollups import rebuild
owner = User.objects.get(username={user!r})
run = make_bare_run(owner, MadeRun("long", "succeeded", steps=20000, steps_asked=20000))
Run.objects.filter(pk=run.pk).update(step=20000, stage="train")
MetricPoint.objects.bulk_create(
    MetricPoint(run=run, key="reward/mean", attempt=1, step=step, value=9.0 if step == 7777 else step % 10 / 10,
                time=run.created + timedelta(seconds=step))
    for step in range(1, 20001)
)
rebuild(run.pk)
print(run.pk)
"""
GROWING = """async () => {
  const { layout, plotly } = await import("/static/js/plot.js");
  const { levelRange, stepTicks } = await import("/static/js/axes.js");
  const library = await plotly();
  const element = document.querySelector("main").appendChild(document.createElement("div"));
  const axes = [];
  for (const steps of [0, 1, 2, 8]) {
    const x = Array.from({ length: steps }, (_, index) => index + 1);
    const y = x.map((step) => 10 * step);
    const ends = steps ? [stepTicks([1, steps]), levelRange([10, 10 * steps])] : [{}, {}];
    const [xEnds, yEnds] = ends.map((one) => ({ visible: steps > 0, ...one }));
    const parts = { xaxis: xEnds, yaxis: yEnds, datarevision: steps };
    await library.react(element, [{ x, y, mode: steps > 1 ? "lines" : "markers" }], layout(parts));
    const { xaxis, yaxis } = element._fullLayout;
    axes.push([...xaxis.range, yaxis.range[0] <= 10 && yaxis.range[1] >= 10 * steps]);
  }
  return axes.slice(1);
}"""
CHART = """document.querySelector('[data-key="reward/mean"] .js-plotly-plot')"""


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    return f"{site.url}/runs/{site.seed(SEED)}/"


@pytest.fixture(scope="module")
def long_url(site: Site) -> str:
    """A run of 20,000 steps: more than a chart is given at once."""
    return f"{site.url}/runs/{site.seed(SEED_LONG)}/"


SEED_ONE = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.runs.models import MetricPoint, Run
run = make_bare_run(User.objects.get(username={user!r}), MadeRun("one step", "succeeded", steps=8, steps_asked=8))
Run.objects.filter(pk=run.pk).update(step=8, stage="train")
MetricPoint.objects.create(run=run, key="reward/mean", attempt=1, step=8, value=0.4, time=run.created)
print(run.pk)
"""


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {{ const plot = {CHART}; return plot?.data && ({condition}); }}")


def test_tokens_axis_shows_what_was_used_up_to_a_step(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    signed_in.locator("[data-x-axis]").select_option("tokens")
    wait(signed_in, "plot.data.at(-1).x[0] === 100 && plot.data.at(-1).x.at(-1) === 2400")
    assert signed_in.url.endswith("?x=tokens")


def test_one_point_is_a_marker_at_its_step_with_its_value_in_the_middle(signed_in: Page, site: Site) -> None:
    number = site.seed(SEED_ONE)
    for address in (f"/runs/{number}/", f"/compare/?runs={number}"):
        signed_in.goto(site.url + address)
        wait(signed_in, "true")
        shown = signed_in.evaluate(
            f"() => {{ const {{ data, layout }} = {CHART};"
            " return [data.at(-1).mode, layout.xaxis.range, layout.xaxis.tickvals, layout.yaxis.range]; }"
        )
        assert shown == ["markers", [7, 9], [8], [pytest.approx(0.2), pytest.approx(0.6)]]


def test_axes_follow_a_chart_that_grows_from_no_point_to_one_to_many(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    wait(signed_in, "true")
    assert signed_in.evaluate(GROWING) == [[0, 2, True], [1, 2, True], [1, 8, True]]


def test_log_axes_are_ticked_and_kept_in_the_address(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    signed_in.get_by_label("log x").check()
    signed_in.get_by_label("log y").check()
    wait(signed_in, "plot.layout.xaxis.type === 'log' && plot.layout.yaxis.type === 'log'")
    assert signed_in.url.endswith("?log=x%2Cy")
    signed_in.reload()
    wait(signed_in, "plot.layout.xaxis.type === 'log' && plot.layout.yaxis.type === 'log'")


def test_full_screen_by_keyboard_is_kept_in_the_address_and_closed_with_escape(
    signed_in: Page, run_url: str
) -> None:
    signed_in.goto(run_url)
    wait(signed_in, "true")
    button = signed_in.locator('[data-key="reward/mean"] [data-expand]')
    button.focus()
    signed_in.keyboard.press("Enter")
    tile = signed_in.locator('[data-key="reward/mean"]')
    assert tile.bounding_box() == {"x": 0, "y": 0, "width": 1440, "height": 900}
    assert signed_in.url.endswith("?full=reward%2Fmean")
    wait(signed_in, "plot.layout.height > 700")
    assert signed_in.evaluate("document.querySelector('.topbar').inert")  # what lies behind is out of reach
    signed_in.keyboard.press("Escape")
    wait(signed_in, "plot.layout.height === 190")
    expect(button).to_be_focused()
    assert "full" not in signed_in.url


def test_zoom_fetches_what_was_thinned_out_and_goes_back(signed_in: Page, long_url: str) -> None:
    signed_in.goto(long_url)
    wait(signed_in, "plot.data.at(-1).x.length <= 1000 && Math.max(...plot.data[0].y) === 9")
    signed_in.get_by_label("Steps from").fill("7700")
    signed_in.get_by_label("to", exact=True).fill("7800")
    signed_in.keyboard.press("Tab")
    # Every step of the part, and one more at either end of what was there before.
    wait(signed_in, "plot.data.at(-1).x.includes(7777) && plot.data.at(-1).x.length < 300")
    wait(signed_in, "plot.data.at(-1).x.length > 100")
    steps = signed_in.evaluate(f"{CHART}.data.at(-1).x")
    assert steps == list(range(steps[0], steps[-1] + 1))
    assert steps[0] <= 7700 <= 7800 <= steps[-1]
    assert signed_in.url.endswith("?zoom=7700%7E7800")
    signed_in.reload()
    wait(signed_in, "plot.data.at(-1).x.includes(7777) && plot.data.at(-1).x.length < 300")
    signed_in.get_by_role("button", name="Whole run").click()
    wait(signed_in, "plot.data.at(-1).x[0] < 20 && plot.data.at(-1).x.at(-1) === 20000")
    assert "zoom" not in signed_in.url


def test_drag_zooms_all_charts_and_double_click_goes_back(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    wait(signed_in, "true")
    box = signed_in.locator('[data-key="reward/mean"] .nsewdrag').bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    signed_in.mouse.move(box["x"] + box["width"] * 0.3, y)
    signed_in.mouse.down()
    signed_in.mouse.move(box["x"] + box["width"] * 0.6, y, steps=5)
    signed_in.mouse.up()
    other = """document.querySelector('[data-key="format/share"] .js-plotly-plot')"""
    signed_in.wait_for_function(
        f"() => {other}?.layout?.xaxis.range?.[0] > 5 && {other}.layout.xaxis.range[1] < 17"
    )
    assert "zoom=" in signed_in.url
    signed_in.mouse.dblclick(box["x"] + box["width"] / 2, y)
    signed_in.wait_for_function(f"() => {other}?.layout?.xaxis.autorange === true")
    assert "zoom" not in signed_in.url

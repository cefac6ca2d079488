"""How fast the site answers about a run of a million points: on the server, and in a browser.

    python -m tests.bench.big_run HOME
    python -m tests.bench.site_speed HOME [--rounds 100]

On the server: requests through Django's test client, so without the network; the first one does not count. In the
browser: `manage.py up` on the folder and headless Chromium; a page is opened anew each time, with a warm cache. A
zoom is timed from the release of the mouse until the chart is drawn with the points of the zoom. Interaction to
next paint is the longest of the Event Timing API's entries over a hover, a zoom, a tick and a full screen; on the
pages of rollouts over keys and a click.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.big_run import HIGHEST, LOWEST, NAME, PASSWORD, USER

_KEY = "reward/mean"
_PLOTLY = "plotly"
_WATCH = """
window.__inp = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.interactionId) window.__inp = Math.max(window.__inp, entry.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_LONGEST = "() => window.__inp"
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_WEIGHT = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .map((entry) => [entry.name, entry.transferSize])"""
_DRAWN = """key => {
  const plot = document.querySelector(`[data-key="${key}"] .js-plotly-plot`);
  return plot?.data?.at(-1)?.x.length ?? 0;
}"""
_ENDS = """key => {
  const values = document.querySelector(`[data-key="${key}"] .js-plotly-plot`).data[0].y;
  return [Math.min(...values), Math.max(...values)];
}"""


def row(what: str, *columns: list[float]) -> None:
    """A line of a table: median and 95th percentile of each column, in ms."""
    cells = []
    for seconds in columns:
        ordered = sorted(1000 * one for one in seconds)
        cells += [median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]]
    print(f"| {what} | {' | '.join(f'{cell:.1f}' for cell in cells)} |", flush=True)


def show(what: str, work: Callable[[], object], rounds: int) -> None:
    """Wall time, and the processor's own: others may use the cores."""
    work()
    wall, processor = [], []
    for _ in range(rounds):
        begun, busy = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - busy)
    row(what, wall, processor)


def on_the_server(rounds: int) -> int:
    """Prints a table; returns the number of the run."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from webapp.charts.load import load_series
    from webapp.runs.models import Run

    gc.collect()
    gc.freeze()  # this and the next as the server does (webapp/asgi.py)
    gc.set_threshold(50_000, 20, 20)
    settings.ALLOWED_HOSTS = ["testserver"]
    run = Run.objects.get(name=NAME)
    client = Client()
    client.force_login(User.objects.get(username=USER))

    def get(address: str) -> None:
        answer: Any = client.get(f"/runs/{run.pk}/{address}")
        assert answer.status_code == 200, (address, answer.status_code)

    middle = run.step // 2
    tiles = "&".join(
        f"key={key}" for key in ("reward/mean", "baseline/argmax", "format/share", "policy/entropy")
    )
    print("| on the server, ms | p50 | p95 | processor p50 | p95 |\n|---|---|---|---|---|")
    show("1,000 min-max points of one metric", lambda: load_series(run, [_KEY]), rounds)
    show("the same as a request", lambda: get(f"series/?key={_KEY}"), rounds)
    show(
        "a zoom of 10,000 steps, 4 metrics",
        lambda: get(f"series/?{tiles}&from={middle}&to={middle + 9999}"),
        rounds,
    )
    show("the run page", lambda: get(""), rounds)
    show("the verdict again, for a live page", lambda: get("parts/verdict/"), rounds)
    found = load_series(run, [_KEY])[_KEY]
    assert (min(found["value"]), max(found["value"]), found["step"][-1]) == (LOWEST, HIGHEST, run.step)
    return int(run.pk)


def in_the_browser(url: str, number: int, rounds: int) -> None:
    from playwright.sync_api import sync_playwright

    from tests.e2e.browser import find, launch_arguments
    from tests.e2e.site import sign_in

    paints, drawn, zooms, interactions = [], [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=launch_arguments())
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(_WATCH)
        page = context.new_page()
        sign_in(page, url, USER, PASSWORD)
        for turn in range(rounds + 1):
            begun = time.perf_counter()
            page.goto(f"{url}/runs/{number}/", wait_until="commit")
            page.wait_for_function(f"key => ({_DRAWN})(key) > 0", arg=_KEY)
            finished = time.perf_counter() - begun
            if turn == 0:
                assert page.evaluate(_ENDS, _KEY) == [LOWEST, HIGHEST]
                continue
            drawn.append(finished)
            paints.append(_painted(page))
            zooms.append(_zoom(page))
            page.locator("[data-log-axis=y]").click()
            page.locator(f'[data-key="{_KEY}"] [data-expand]').click()
            page.keyboard.press("Escape")
            page.wait_for_timeout(700)
            interactions.append(page.evaluate(_LONGEST) / 1000)
        weight = _weight(browser, context.storage_state(), f"{url}/runs/{number}/")
        trajectories = _trajectories(page, f"{url}/runs/{number}/rollouts/", rounds)
        browser.close()
    print("\n| in the browser, ms | p50 | p95 |\n|---|---|---|")
    row("first contentful paint of the run page", paints)
    row("until its first chart is drawn", drawn)
    row("a zoom, until its points are drawn", zooms)
    row("interaction to next paint, longest of four", interactions)
    for what, seconds in trajectories.items():
        row(what, seconds)
    print(f"\nThe page weighs {weight / 1000:.0f} kB with all its parts and curves, without plotly.js.")


def _painted(page: Any) -> float:
    """Seconds until the first contentful paint; waits for it."""
    milliseconds: float = page.wait_for_function(_PAINT).json_value()
    return milliseconds / 1000


def _trajectories(page: Any, rollouts: str, rounds: int) -> dict[str, list[float]]:
    """The pages of all rollouts and of one group, each opened anew; interactions are keys and the colours of tokens."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        page.goto(rollouts)
        group = page.locator("[data-open]").first
        group.wait_for()
        found.setdefault("first contentful paint of all rollouts", []).append(_painted(page))
        for key in "jjjnxx":
            page.keyboard.press(key)
        page.wait_for_timeout(300)
        found.setdefault("interaction there, longest of six keys", []).append(page.evaluate(_LONGEST) / 1000)
        page.goto(page.evaluate("link => link.href", group.element_handle()))
        page.locator("[data-colouring]").wait_for()
        found.setdefault("first contentful paint of a group", []).append(_painted(page))
        for key in "jkncjc":
            page.keyboard.press(key)
        page.locator("[data-colouring]").focus()
        for key in ("ArrowDown", "ArrowUp"):  # log-probs, and none again
            page.keyboard.press(key)
        page.locator("[data-pick]").last.click()
        page.wait_for_timeout(300)
        found.setdefault("interaction there, longest of seven", []).append(page.evaluate(_LONGEST) / 1000)
    return found


def _weight(browser: Any, signed_in: Any, address: str) -> int:
    """Bytes that travel for a page to somebody whose cache is empty, without plotly.js."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=signed_in).new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return sum(size for name, size in page.evaluate(_WEIGHT) if _PLOTLY not in name)


def _zoom(page: Any) -> float:
    """Drag over the middle of the first chart; seconds from the release until its points are other ones."""
    box = page.locator(f'[data-key="{_KEY}"] .nsewdrag').bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    before = page.evaluate(
        'key => document.querySelector(`[data-key="${key}"] .js-plotly-plot`).data.at(-1).x[1]', _KEY
    )
    asked = page.expect_response(lambda answer: "/series/" in answer.url and "from=" in answer.url)
    with asked:
        begun = time.perf_counter()
        page.mouse.up()
    page.wait_for_function(
        '([key, before]) => { const x = document.querySelector(`[data-key="${key}"] .js-plotly-plot`).data.at(-1).x;'
        " return x.length > 500 && x[1] !== before; }",
        arg=[_KEY, before],
    )
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the site with a run of a million points.")
    parser.add_argument("home", type=Path, help="the data folder that tests.bench.big_run filled")
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    os.environ["FORESIGHT_HOME"] = str(given.home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
    import django

    django.setup()
    number = on_the_server(given.rounds)
    from tests.bench.served import served

    with served(given.home) as url:
        in_the_browser(url, number, max(10, given.rounds // 4))


if __name__ == "__main__":
    main()

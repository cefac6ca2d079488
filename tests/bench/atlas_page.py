"""How fast the atlas of a made document of 50,000 tokens is, as a headless Chromium measures it.

`python -m tests.bench.atlas_page` starts a site of its own in a temporary folder and prints a table. `--url`,
`--user`, `--password` and `--document` measure a document of a running site instead.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.browser import find, launch_arguments
from tests.e2e.site import running_site, sign_in

TOKENS = 50_000
LOADS = 5
SEED = f"""
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from tests.webapp.corpora.made_long import long_tokens, made_asked_run, made_long_scan
tokens = long_tokens({TOKENS})
scan = made_long_scan(Path(settings.HOME), User.objects.get(username={{user!r}}), tokens)
made_asked_run(scan.corpus, tokens, steps=100, contexts=16, reach=8000)
print(scan.corpus_id)
"""
OBSERVE = """
window.interactions = [];
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (one.interactionId) window.interactions.push([one.name, one.duration]);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
TO_PAINT = """async change => {
  const painted = () => new Promise(done => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(0);
  }));
  await painted();
  const range = document.getElementById(change.id);
  const times = [];
  for (const value of change.values) {
    const start = performance.now();
    range.value = value;
    range.dispatchEvent(new Event("input", { bubbles: true }));
    times.push((await painted()) - start);
  }
  return times;
}"""
SCROLL = """async () => {
  const gaps = [];
  const end = document.documentElement.scrollHeight;
  let last = performance.now();
  let most = 0;
  for (let top = 0; top < end; top += 300) {
    scrollTo(0, top);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    most = Math.max(most, document.querySelectorAll("#atlas-text *").length);
  }
  return { gaps, most, height: end };
}"""


def spread(times: list[float]) -> str:
    """Median, 95 % and highest, ms."""
    ordered = sorted(times)
    return f"{statistics.median(ordered):.0f} / {ordered[int(0.95 * (len(ordered) - 1))]:.0f} / {ordered[-1]:.0f} ms"


def ready(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#atlas-text:not([aria-busy]) .token").first.wait_for()


def load(page: Page, address: str) -> tuple[float, float, int]:
    """First contentful paint, milliseconds until tokens are coloured, and bytes sent, with an empty cache."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.clearBrowserCache")
    sent: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    ready(page, address)
    coloured = page.evaluate("() => performance.now()")
    page.wait_for_load_state("networkidle")
    first = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    devtools.detach()
    return first, coloured, round(sum(sent))


def interactions(page: Page, act: Callable[[], Any]) -> list[float]:
    """Durations until the next paint of what the browser counts as interactions; those under 16 ms are 16."""
    page.evaluate("() => { window.interactions.length = 0 }")
    act()
    page.wait_for_timeout(500)
    return [duration for _, duration in page.evaluate("() => window.interactions")] or [16.0]


def keys(page: Page, key: str, times: int) -> Callable[[], None]:
    def act() -> None:
        for _ in range(times):
            page.keyboard.press(key)
            page.wait_for_timeout(60)

    return act


def measure(browser: Browser, url: str, user: str, password: str, document: str) -> dict[str, str]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(OBSERVE)
    page = context.new_page()
    sign_in(page, url, user, password)
    address = f"{url}/corpora/{document}"
    loads = [load(page, address) for _ in range(LOADS)]
    values = [round(0.05 + 0.13 * step, 2) for step in range(20)]
    found = {
        "first contentful paint": spread([one[0] for one in loads]),
        "tokens coloured": spread([one[1] for one in loads]),
        "sent, empty cache": f"{statistics.median(one[2] for one in loads) / 1000:.0f} kB",
        "threshold moved to painted": spread(
            page.evaluate(TO_PAINT, {"id": "threshold-range", "values": values})
        ),
    }
    page.locator("#atlas-text").focus()
    found["key: next token"] = spread(interactions(page, keys(page, "ArrowRight", 20)))
    found["key: next kept"] = spread(interactions(page, keys(page, "n", 20)))
    page.locator("#threshold-range").focus()
    found["key: threshold"] = spread(interactions(page, keys(page, "ArrowRight", 20)))
    found["click: a token"] = spread(interactions(page, lambda: page.locator(".token").nth(30).click()))
    found["click: pass rate"] = spread(interactions(page, lambda: page.locator("[data-colour=pass]").click()))
    page.locator("#pass-controls").wait_for()
    steps = {"id": "pass-step", "values": list(range(1, 100, 5))}
    found["step moved to painted"] = spread(page.evaluate(TO_PAINT, steps))
    found["key: step"] = spread(interactions(page, keys(page, ",", 20)))
    page.locator("[data-colour=entropy]").click()
    scroll = page.evaluate(SCROLL)
    found["scrolled through: a frame"] = spread(scroll["gaps"])
    found["elements in the text, at most"] = f"{scroll['most']:,}"
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("url", "user", "password"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--document", default="1/documents/0/", help="what follows /corpora/ in its address")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=launch_arguments())
        if options.url:
            found = measure(browser, options.url, options.user, options.password, options.document)
        else:
            with tempfile.TemporaryDirectory() as home, running_site(Path(home)) as site:
                document = f"{site.seed(SEED)}/documents/0/"
                found = measure(browser, site.url, site.user, site.password, document)
        browser.close()
    print("| what | median / 95 % / most |\n|---|---|")
    for name, value in found.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()

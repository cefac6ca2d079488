"""The page of a run that trains, open from its launch to its end, while the web process is killed and comes back."""

from __future__ import annotations

import csv
import json
import os
import signal
import time
from collections import defaultdict
from typing import Any

from playwright.sync_api import Page, WebSocket, expect

from tests.e2e.site import Site
from webapp.jobs import processes

MINUTES = 60_000  # milliseconds; the machine may be busy
STEPS = 100
LAUNCH = """
from django.contrib.auth.models import User
from tests.e2e.test_live_run import STEPS
from tests.e2e.test_main_job import SETTINGS
from training.contract.presets import preset
from webapp.corpora.services.sample import ensure_sample
from webapp.experiments.models import Experiment
from webapp.runs.services.launch import launch_run
owner = User.objects.get(username={user!r})
config = preset("demo-cpu").model_dump(mode="json")
long = dict([("name", "live run"), ("optimisation.steps", STEPS), ("checkpoints.every", STEPS)])
for name, value in (SETTINGS | long).items():
    section, _, key = name.rpartition(".")
    place = config[section] if section else config
    place[key] = type(place[key])(value)
config["positions"] |= dict(selection="threshold", threshold=2.7)
config["data"]["max_documents"] = 1
experiment = Experiment.objects.create(owner=owner, name="live run", corpus=ensure_sample(owner), config=config)
print(launch_run(experiment).pk)
"""
DRAWN = """() => Object.fromEntries(Array.from(document.querySelectorAll(".tile[data-key] .js-plotly-plot"), (plot) => [
    plot.closest("[data-key]").dataset.key,
    plot.data.map((trace) => Array.from(trace.x, (step, place) => [step, trace.y[place]])),
]))"""
"""Each drawn tile's lines, as points: the reference lines, then the metric itself."""
UP_TO_DATE = f"""counts => Object.entries(({DRAWN})()).every(
    ([key, lines]) => lines.at(-1).length === (counts[key] ?? 0)
)"""


class Wire:
    """What goes over the page's sockets, in order: the cursors it asks from, and the messages it gets."""

    def __init__(self, page: Page) -> None:
        self.asked: list[int] = []
        self.known: list[int] = []
        """For each of the cursors asked from: the newest the page had been given."""
        self.asked_at = 0.0
        self.events: list[dict[str, Any]] = []
        self._cursor = -1
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        self.asked.append(json.loads(frame)["after"])
        self.known.append(self._cursor)
        self.asked_at = time.time()

    def _received(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        self._cursor = message["cursor"]
        self.events += message["events"]

    def steps(self, since: float = 0.0, until: float = float("inf")) -> list[int]:
        """The steps that came with their points, of those done between two moments."""
        return [
            event["step"]
            for event in self.events
            if event["type"] == "metrics" and since < event["time"] < until
        ]


def web_process(site: Site) -> int:
    """The one process that serves the site."""
    (pid,) = processes.with_command(b"webapp.asgi:application", f"FORESIGHT_HOME={site.home}".encode())
    return pid


def wait_for_points(page: Page, more_than: int) -> int:
    """Wait until the reward curve has more points; returns how many."""
    plot = """document.querySelector('[data-key="reward/mean"] .js-plotly-plot')"""
    enough = page.wait_for_function(
        f"many => {{ const count = {plot}?.data?.at(-1).x.length; return count > many && count; }}",
        arg=more_than,
        timeout=4 * MINUTES,
    )
    return int(enough.json_value())


def kill_web(page: Page, site: Site) -> float:
    """Kill the web process as a crash would, and wait until the page follows the next one; returns when it died."""
    killed = web_process(site)
    status = page.locator("[data-live-status]")
    expect(status).to_have_text("Live")
    os.kill(killed, signal.SIGKILL)
    died = time.time()
    expect(status).to_have_text("Connection lost, trying again")
    expect(status).to_have_text("Live", timeout=2 * MINUTES)
    assert web_process(site) != killed
    return died


def stored(page: Page, url: str) -> dict[str, list[list[float]]]:
    """The run's points as its CSV has them: all that the database knows."""
    curves: dict[str, list[list[float]]] = defaultdict(list)
    for row in csv.DictReader(page.request.get(f"{url}metrics.csv").text().splitlines()):
        curves[row["key"]].append([int(row["step"]), float(row["value"])])
    return curves


def test_open_page_of_a_live_run_shows_every_step_once_though_the_web_process_was_killed(
    signed_in: Page, site: Site
) -> None:
    page, wire = signed_in, Wire(signed_in)
    page.set_viewport_size({"width": 1440, "height": 2400})  # a chart is drawn when it is in view
    url = f"{site.url}/runs/{site.seed(LAUNCH)}/"
    page.goto(f"{url}?smooth=1")
    page.evaluate("window.notReloaded = true")
    at_first = wait_for_points(page, 0)
    wait_for_points(page, at_first)
    died = kill_web(page, site)
    assert wire.steps(since=died, until=wire.asked_at) != []  # done while nobody served the page
    wait_for_points(page, wire.steps()[-1])
    ended = page.locator(
        "[data-head-state=succeeded], [data-head-state=no_signal]"
    )  # of a random model chance says
    expect(ended).to_be_visible(timeout=4 * MINUTES)
    assert wait_for_points(page, STEPS - 1) == STEPS
    expect(page.locator('[data-live="step"]')).to_have_text(str(STEPS))
    assert page.evaluate("window.notReloaded") is True

    steps = list(range(1, STEPS + 1))
    assert wire.steps() == steps
    assert wire.asked[1:] == wire.known[1:] != []  # it came back for what it had not seen, and for no more
    truth = stored(page, url)
    page.wait_for_function(UP_TO_DATE, arg={key: len(points) for key, points in truth.items()})
    drawn = page.evaluate(DRAWN)
    assert [[step for step, _ in line] for line in drawn["reward/mean"]] == [steps] * 3  # two reference lines
    assert {key: lines[-1] for key, lines in drawn.items()} == {key: truth[key] for key in drawn}
    assert len({value for _, value in drawn["response/length"][-1]}) > 1

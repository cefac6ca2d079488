"""Pages whose requests fail for a while: what they ask for comes by itself, and an error stands only while it lasts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
owner = User.objects.get(username={user!r})
runs = [make_run(owner, MadeRun("failing %s" % seed, "succeeded", steps=24, seed=seed)) for seed in (7, 8)]
print(runs[0].pk)
"""
SEED_WAITING = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.jobs.models import Job
run = make_bare_run(User.objects.get(username={user!r}), MadeRun("waits", "queued"))
# Nobody starts it: the test says what becomes of it.
Job.objects.filter(pk=run.job_id).update(attempt=1, not_before=datetime(2126, 1, 1, tzinfo=UTC))
print(run.pk)
"""
CANCEL = """
from django.utils import timezone
from webapp.jobs.models import Job
from webapp.runs.models import Run
run = Run.objects.get(name="waits")
Job.objects.filter(pk=run.job_id).update(state="cancelled", finished=timezone.now())
print(run.pk)
"""
CURVES = "**/series/?*"
TILE = '[data-key="reward/mean"]'


class Fault:
    """Answers requests to some addresses with an error until it is mended; `asked` counts the answers."""

    def __init__(self, page: Page, addresses: str, answer: Callable[[Route], None]) -> None:
        self.asked = 0
        self._answer: Callable[[Route], None] | None = answer
        page.route(addresses, self._handle)

    def _handle(self, route: Route) -> None:
        self.asked += 1
        if self._answer:
            self._answer(route)
        else:
            route.continue_()

    def mend(self) -> None:
        self._answer = None


def status(code: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=code, body="no")


@pytest.fixture(scope="module")
def run(site: Site) -> int:
    """The number of the first of two runs that have ended."""
    return site.seed(SEED)


def chart(page: Page) -> Locator:
    return page.locator(f"{TILE} [data-chart]")


def expect_drawn(page: Page) -> None:
    expect(page.locator(f"{TILE} .js-plotly-plot .scatterlayer .trace").first).to_be_attached()
    expect(chart(page)).not_to_have_attribute("data-empty", "")
    expect(chart(page)).not_to_contain_text("could not be loaded")


def test_curves_of_a_run_are_asked_for_again_until_they_come(signed_in: Page, site: Site, run: int) -> None:
    fault = Fault(signed_in, CURVES, status(503))
    signed_in.goto(f"{site.url}/runs/{run}/")
    expect(chart(signed_in)).to_have_text("The curves could not be loaded (503). Trying again.")
    fault.mend()
    expect_drawn(signed_in)


def test_curves_come_by_themselves_after_the_connection_was_lost(
    signed_in: Page, site: Site, run: int
) -> None:
    fault = Fault(signed_in, CURVES, lambda route: route.abort("connectionrefused"))
    signed_in.goto(f"{site.url}/runs/{run}/")
    expect(chart(signed_in)).to_have_text(
        "The curves could not be loaded: the site does not answer. Trying again."
    )
    fault.mend()
    expect_drawn(signed_in)


def test_curves_that_are_refused_for_good_are_asked_for_once(signed_in: Page, site: Site, run: int) -> None:
    fault = Fault(signed_in, CURVES, status(404))
    signed_in.goto(f"{site.url}/runs/{run}/")
    expect(chart(signed_in)).to_have_text("The curves could not be loaded (404). Reload the page.")
    asked = fault.asked
    signed_in.wait_for_timeout(2000)  # three pauses
    assert fault.asked == asked


def test_curves_of_compared_runs_are_asked_for_again(signed_in: Page, site: Site, run: int) -> None:
    fault = Fault(signed_in, CURVES, status(502))
    signed_in.goto(f"{site.url}/compare/?runs={run},{run + 1}")
    expect(chart(signed_in)).to_have_text("The curves could not be loaded (502). Trying again.")
    fault.mend()
    expect_drawn(signed_in)


def test_library_of_charts_is_asked_for_again(signed_in: Page, site: Site, run: int) -> None:
    fault = Fault(signed_in, "**/plotly.min.js", lambda route: route.abort())
    signed_in.goto(f"{site.url}/runs/{run}/")
    expect(chart(signed_in)).to_have_text("The chart library could not be loaded. Trying again.")
    fault.mend()
    expect_drawn(signed_in)


def test_head_of_a_run_that_failed_to_come_is_asked_for_again(signed_in: Page, site: Site) -> None:
    signed_in.goto(f"{site.url}/runs/{site.seed(SEED_WAITING)}/")
    state = signed_in.locator("[data-head-state]")
    expect(state).to_have_attribute("data-head-state", "queued")
    expect(signed_in.locator("[data-live-status]")).to_have_text("Live")
    fault = Fault(signed_in, "**/parts/head/", status(503))
    with signed_in.expect_response("**/parts/head/", timeout=20_000):
        site.seed(CANCEL)
    expect(state).to_have_attribute("data-head-state", "queued")  # what was there stays
    fault.mend()
    expect(state).to_have_attribute("data-head-state", "cancelled")
    assert fault.asked >= 2

"""The bell in a browser, with the real trainer: a run that fails rings it on a page that is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site, running_site
from tests.training.tiny import make_tiny_model

MINUTES = 60_000

LAUNCH = """
from django.contrib.auth.models import User
from training.contract.presets import preset
from webapp.corpora.services.sample import ensure_sample
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.runs.services.launch import launch_run
owner = User.objects.get(username={user!r})
config = preset("demo-cpu").model_dump(mode="json")
config["name"], config["model"]["name"] = "doomed run", "tiny"
config["data"]["held_out_documents"] = 1_000_000
experiment = Experiment.objects.create(owner=owner, name="doomed run", corpus=ensure_sample(owner), config=config)
run = launch_run(experiment)
Job.objects.filter(pk=run.job_id).update(max_restarts=0)
print(run.pk)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: the runs of other tests would ring the bell too."""
    home = tmp_path_factory.mktemp("bell")
    make_tiny_model(home / "models" / "tiny")
    with running_site(home) as running:
        yield running


@pytest.fixture
def home(signed_in: Page, site: Site) -> Page:
    signed_in.goto(f"{site.url}/corpora/")
    return signed_in


def test_real_run_that_fails_rings_the_bell_once(home: Page, site: Site) -> None:
    bell = home.locator("[data-bell]")
    expect(home.locator("[data-bell-count]")).to_be_hidden()
    run = site.seed(LAUNCH)
    toast = home.locator(".toast")
    expect(toast).to_contain_text("doomed run has failed", timeout=3 * MINUTES)
    expect(home.locator("[data-bell-count]")).to_have_text("1")
    expect(bell).to_have_attribute("aria-label", "Notifications, 1 unread")
    bell.click()
    expect(home.get_by_role("heading", name="Notifications")).to_be_visible()
    expect(home.locator(".notifications li")).to_have_count(1)
    link = home.get_by_role("link", name="doomed run has failed")
    link.click()
    home.wait_for_url(f"{site.url}/runs/{run}/")
    expect(home.locator("[data-bell-count]")).to_be_hidden()
    expect(home.locator(".toast")).to_have_count(0)
    home.goto(site.url)
    expect(home.get_by_role("heading", name="Needs attention")).to_be_visible()
    expect(home.get_by_label("Resume doomed run")).to_be_visible()


def test_webhook_to_this_machine_is_refused_and_one_elsewhere_has_a_log(signed_in: Page, site: Site) -> None:
    signed_in.goto(f"{site.url}/account/notifications/")
    signed_in.get_by_label("Address", exact=True).fill("https://127.0.0.1/hook")
    signed_in.get_by_role("button", name="Make the webhook").click()
    expect(signed_in.get_by_text("The address leads into a private network")).to_be_visible()
    expect(signed_in.get_by_label("Address", exact=True)).to_have_value("https://127.0.0.1/hook")
    signed_in.get_by_label("Address", exact=True).fill("https://hooks.invalid/hook")
    signed_in.get_by_role("button", name="Make the webhook").click()
    expect(signed_in.locator("#secret")).to_contain_text("fsw_")
    signed_in.get_by_role("button", name="Send a test to https://hooks.invalid/hook").click()
    expect(signed_in.get_by_text("The name hooks.invalid leads nowhere.")).to_be_visible(timeout=MINUTES)
    expect(signed_in.locator("#secret")).to_have_count(0)
    signed_in.get_by_role("button", name="Remove https://hooks.invalid/hook").click()
    signed_in.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(signed_in.get_by_text("The webhook is removed")).to_be_visible()


def test_choice_of_events_is_kept(signed_in: Page, site: Site) -> None:
    signed_in.goto(f"{site.url}/account/notifications/")
    expect(signed_in.get_by_text("This site sends no e-mail yet.")).to_be_visible()
    signed_in.get_by_label("Finished: By e-mail").check()
    signed_in.get_by_label("E-mail address").fill("ada@example.org")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Kept: that is what you will hear of from now on.")).to_be_visible()
    expect(signed_in.get_by_label("Finished: By e-mail")).to_be_checked()
    expect(signed_in.get_by_label("E-mail address")).to_have_value("ada@example.org")

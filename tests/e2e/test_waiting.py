"""A page that is open follows the queue and the end of its run, and a name that nobody typed follows the corpus."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from django.utils import timezone
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.jobs.models import Job
from webapp.runs.models import Run
owner = User.objects.get(username={user!r})
far = datetime(2126, 1, 1, tzinfo=UTC)  # nobody starts the one that waits or misses the runner of the other
first, second = make_bare_run(owner, MadeRun("first", "running")), make_bare_run(owner, MadeRun("second", "queued"))
Job.objects.filter(pk=first.job_id).update(lease_until=far, host="elsewhere")
Job.objects.filter(pk=second.job_id).update(not_before=far)
Run.objects.filter(pk=first.pk).update(stage="train", step=10, seconds_per_step=30.0, last_event=timezone.now())
print(first.pk)
"""
STEP = """
from webapp.runs.models import Run
print(Run.objects.filter(name="first").update(step=26))
"""
END = """
from django.utils import timezone
from webapp.jobs.models import Job
print(Job.objects.filter(run__name="first").update(state="cancelled", finished=timezone.now()))
"""
CORPORA = """
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from tests.webapp.corpora.made_scan import made_corpus
owner = User.objects.get(username={user!r})
made_corpus(Path(settings.HOME), owner, name="Numbers")
print(made_corpus(Path(settings.HOME), owner, name="Letters").pk)
"""


@pytest.fixture(scope="module")
def first(site: Site) -> int:
    """The number of a run at work; the next run waits for it."""
    return site.seed(SEED)


def test_queued_run_follows_the_one_that_goes_first(signed_in: Page, site: Site, first: int) -> None:
    signed_in.goto(f"{site.url}/runs/{first + 1}/")
    notice = signed_in.locator("#run-head .notice")
    expect(notice).to_have_text(re.compile(r"Waits for run first, about 10 min left\."))
    site.seed(STEP)
    expect(notice).to_have_text(re.compile(r"Waits for run first, about 2 min left\."))
    notice.get_by_role("link", name="run first").click()
    expect(signed_in.get_by_role("heading", name="first")).to_be_visible()
    expect(signed_in.locator("[data-live=eta]")).to_have_text("about 2 min")


def test_dialog_says_what_is_there_and_words_of_the_cancel_go_with_the_run(
    signed_in: Page, site: Site, first: int
) -> None:
    signed_in.goto(f"{site.url}/runs/{first}/")
    signed_in.get_by_role("button", name="Cancel", exact=True).click()
    dialog = signed_in.locator("#cancel-dialog")
    expect(dialog).to_contain_text("No checkpoint has been written yet: a resume starts over.")
    dialog.get_by_role("button", name="Cancel the run").click()
    said = signed_in.get_by_text("The run is being cancelled. What it has written stays.")
    expect(said).to_be_visible()
    expect(signed_in.locator("[data-head-state=cancelling]")).to_be_visible()
    site.seed(END)
    expect(signed_in.locator("[data-head-state=cancelled]")).to_be_visible()
    expect(said).to_have_count(0)


def test_name_that_nobody_typed_follows_the_corpus(signed_in: Page, site: Site) -> None:
    corpus = site.seed(CORPORA)
    signed_in.goto(f"{site.url}/experiments/new/?corpus={corpus}")
    name = signed_in.locator("#id_name")
    expect(name).to_have_value("Letters, Next-token demo")
    choice = signed_in.locator("[id='id_data.corpus']")
    choice.select_option(str(corpus - 1))
    expect(name).to_have_value("Numbers, Next-token demo")
    name.fill("mine")
    choice.select_option(str(corpus))
    expect(signed_in.locator("#panel")).to_contain_text("0 changed from demo-cpu")
    expect(name).to_have_value("mine")

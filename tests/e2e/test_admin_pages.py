"""People and the queue: somebody is invited, signs in, changes the password and moves a job that waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site, running_site, sign_in
from tests.e2e.test_accessibility import PHONE, serious

PASSWORD = "purple monkey dishwasher"
SEED = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.jobs.models import Job
from webapp.runs.models import Run
later = timezone.now() + timedelta(hours=2)
admin, lin = User.objects.get(username={user!r}), User.objects.get(username="lin")
work = make_bare_run(admin, MadeRun("at work", "running"))
Job.objects.filter(pk=work.job_id).update(host="box", lease_until=later, started=timezone.now())
Run.objects.filter(pk=work.pk).update(stage="train", step=10, seconds_per_step=30.0)
for minute, (owner, name) in enumerate(((lin, "one"), (admin, "secret"), (lin, "two"))):
    run = make_bare_run(owner, MadeRun(name, "queued", start=timezone.now() + timedelta(minutes=minute)))
    Job.objects.filter(pk=run.job_id).update(not_before=later)  # so that they wait while the test looks
print(0)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: its jobs would stand before those of other tests."""
    with running_site(tmp_path_factory.mktemp("people")) as running:
        yield running


@pytest.fixture(scope="module")
def password(browser: Browser, site: Site) -> str:
    """Invite `lin`, and read the password off the page."""
    page = browser.new_page()
    sign_in(page, site.url, site.user, site.password)
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_label("User name").fill("lin")
    page.get_by_role("button", name="Make the account").click()
    shown = page.locator("#secret").inner_text()
    expect(page.get_by_text("never signed in")).to_be_visible()
    assert serious(page) == []
    page.close()
    site.seed(SEED)
    return shown


def order(page: Page) -> list[str]:
    return page.locator("#queue ol strong").all_inner_texts()


def test_invited_person_changes_the_password_and_moves_their_job(
    page: Page, site: Site, password: str
) -> None:
    sign_in(page, site.url, "lin", password)
    page.goto(f"{site.url}/account/password/")
    page.get_by_label("Old password").fill(password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.locator("details.menu summary").click()
    expect(page.get_by_role("link", name="People", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Queue and machines").click()
    assert order(page) == ["run one", "another person's run", "run two"]
    up = page.get_by_role("button", name="Move run two up from place 3")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move run two up from place 1")).to_be_focused()
    assert order(page) == ["run two", "another person's run", "run one"]
    expect(page.locator("#queue-said")).to_have_text("The job has moved.")
    page.reload()
    assert order(page) == ["run two", "another person's run", "run one"]


def test_administrator_moves_and_cancels_anybodys_job(signed_in: Page, site: Site, password: str) -> None:
    signed_in.goto(f"{site.url}/queue/")
    signed_in.get_by_role("button", name="Move run of lin down from place 1").click()
    expect(signed_in.locator("#queue ol strong").first).to_have_text("run secret")
    signed_in.get_by_role("button", name="Cancel run of lin").last.click()
    signed_in.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(signed_in.get_by_text("The job is cancelled.")).to_be_visible()
    assert order(signed_in) == ["run secret", "run of lin"]


def test_filled_queue_is_accessible_light_dark_and_on_a_phone(
    signed_in: Page, site: Site, password: str
) -> None:
    signed_in.goto(f"{site.url}/queue/")
    expect(signed_in.get_by_text("10 of 30 steps")).to_be_visible()
    assert serious(signed_in) == []
    signed_in.emulate_media(color_scheme="dark")
    assert serious(signed_in, "color-contrast") == []
    signed_in.set_viewport_size({"width": PHONE, "height": 800})
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_deactivated_person_is_signed_out_of_an_open_page(
    browser: Browser, signed_in: Page, site: Site
) -> None:
    site.seed(f"""
from django.contrib.auth.models import User
User.objects.create_user("eve", password={PASSWORD!r})
print(0)
""")
    theirs = browser.new_context()
    other = theirs.new_page()
    sign_in(other, site.url, "eve", PASSWORD)
    signed_in.goto(f"{site.url}/people/")
    signed_in.get_by_role("button", name="Deactivate eve").click()
    signed_in.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(signed_in.get_by_text("eve is deactivated")).to_be_visible()
    other.goto(f"{site.url}/runs/")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    theirs.close()

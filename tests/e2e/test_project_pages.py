"""Projects in a browser: made, shared with a viewer, who opens a link, reads and changes nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site, sign_in

GUEST, PASSWORD = "guest", "correct horse battery"
SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
from webapp.projects.models import Project
User.objects.create_user("guest", password="correct horse battery")
print(make_run(Project.objects.get().account, MadeRun("shared run", "succeeded")).pk)
"""


@pytest.fixture(scope="module")
def run(site: Site, browser: Browser) -> int:
    """The number of a run in the project Proofs, which `admin` has made and `guest` may look at."""
    page = browser.new_context().new_page()
    sign_in(page, site.url, site.user, site.password)
    page.get_by_text("admin").click()
    page.get_by_role("link", name="Projects").click()
    page.get_by_label("Name").fill("Proofs")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("heading", name="Proofs")).to_be_visible()
    number = site.seed(SEED)
    page.get_by_label("User name").fill(GUEST)
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("guest belongs to the project now.")).to_be_visible()
    page.context.close()
    return number


@pytest.fixture
def guest(page: Page, site: Site, run: int) -> Page:
    sign_in(page, site.url, GUEST, PASSWORD)
    return page


def test_viewer_follows_a_link_into_the_project_and_changes_nothing(
    guest: Page, site: Site, run: int
) -> None:
    expect(guest.locator(".project-chip")).to_have_count(0)
    guest.goto(f"{site.url}/runs/{run}/")
    expect(guest.get_by_role("heading", name="shared run")).to_be_visible()
    expect(guest.locator(".project-chip")).to_have_text("Proofs · only to look at")
    guest.get_by_role("button", name="Star shared run").click()
    expect(guest.locator(".toast")).to_contain_text("You are a viewer of Proofs")
    guest.get_by_role("button", name="Archive").click()
    expect(guest.get_by_text("An owner of the project can make you an editor.")).to_be_visible()
    guest.get_by_role("link", name="Members of the project").click()
    expect(guest.locator("tbody th")).to_have_text(["admin", "guest you"])
    expect(guest.get_by_text("Add somebody")).to_have_count(0)


def test_own_work_and_the_project_are_told_apart_and_changed_by_keyboard(
    guest: Page, site: Site, run: int
) -> None:
    guest.goto(f"{site.url}/projects/")
    guest.get_by_role("button", name="Enter Proofs").focus()
    guest.keyboard.press("Enter")
    expect(guest.locator(".project-chip")).to_be_visible()
    expect(guest.get_by_role("link", name="shared run").first).to_be_visible()
    guest.goto(f"{site.url}/projects/")
    guest.get_by_role("button", name="Go there").focus()
    guest.keyboard.press("Enter")
    expect(guest.locator(".project-chip")).to_have_count(0)
    expect(guest.get_by_role("link", name="shared run")).to_have_count(0)

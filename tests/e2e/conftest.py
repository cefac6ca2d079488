"""A site and a browser for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.browser import find, launch_arguments
from tests.e2e.site import Site, running_site, sign_in
from tests.training.tiny import make_tiny_model

expect.set_options(timeout=20_000)  # the site, its runs and the browser share two cores


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    make_tiny_model(home / "models" / "tiny")
    with running_site(home) as running:
        yield running


# Not for the whole session: while Playwright runs, its event loop does, and tests that start one of their own fail.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find(), args=launch_arguments())
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A window of its own; a script error on any page fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    window = context.new_page()
    window.set_default_timeout(30_000)
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    assert errors == []


@pytest.fixture
def signed_in(page: Page, site: Site) -> Page:
    """The window, with the site's first user signed in."""
    sign_in(page, site.url, site.user, site.password)
    return page

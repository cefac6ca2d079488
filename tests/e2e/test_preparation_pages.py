"""Preparing a corpus in a browser: two uploads, the form, live stages, the report, the new corpus."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.site import Site
from tests.training.preparation.planted import write_corpus, write_set

MINUTE = 60_000  # milliseconds; the machine may be busy
SEED = """
import tempfile
from pathlib import Path
from django.contrib.auth.models import User
from tests.training.preparation.planted import write_corpus, write_set
from tests.webapp.preparations.made import prepared, uploaded
owner, folder = User.objects.get(username={user!r}), Path(tempfile.mkdtemp())
items = uploaded(owner, write_set(folder), "problem")
print(prepared(uploaded(owner, write_corpus(folder)), items).pk)
"""


def upload(page: Page, site: Site, file: Path, field: str) -> str:
    """Upload a file and wait for its check; returns the corpus' address."""
    page.goto(f"{site.url}/corpora/")
    page.set_input_files("input[type=file]", file)
    page.locator("#id_text_field").fill(field)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/corpora/\d+/"))
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=MINUTE)
    return page.url


def test_planted_corpus_is_prepared_and_the_new_one_can_be_used(
    signed_in: Page, site: Site, tmp_path: Path
) -> None:
    upload(signed_in, site, write_set(tmp_path), "problem")
    upload(signed_in, site, write_corpus(tmp_path), "text")
    signed_in.get_by_role("link", name="Prepare", exact=True).click()
    model = signed_in.locator('[id="field-quality_model.model"]')
    expect(model).not_to_be_visible()
    signed_in.get_by_label("on: Quality by a model").check()
    expect(model).to_be_visible()
    signed_in.get_by_label("on: Quality by a model").uncheck()
    signed_in.get_by_label(re.compile("^test 2 items")).check()
    signed_in.get_by_label("Jaccard threshold").fill("0.85")
    expect(signed_in.locator('[id="field-near_duplicates.threshold"] .was')).to_have_text("was 0.8")
    signed_in.get_by_role("button", name="Prepare").click()
    signed_in.wait_for_url(re.compile(r"/preparations/\d+/"))
    expect(signed_in.get_by_role("heading", name="What each stage did")).to_be_visible(timeout=4 * MINUTE)
    expect(signed_in.get_by_role("row", name=re.compile("^Near-duplicates 8 1 0 7"))).to_be_visible()
    expect(signed_in.get_by_text("Jaccard 0.965 to document 1, which stays.")).to_be_visible()
    expect(signed_in.locator("mark").filter(has_text="ada@example.org")).to_be_visible()
    with signed_in.expect_download() as download:
        signed_in.get_by_role("link", name="documents.jsonl").click()
    rows = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert [row["index"] for row in rows] == [0, 1, 3, 4]
    signed_in.get_by_role("link", name="Open the new corpus").click()
    expect(signed_in.get_by_text("Ready", exact=True)).to_be_visible(timeout=MINUTE)
    expect(signed_in.get_by_text("4 of 8 documents left, 2 changed.")).to_be_visible()
    signed_in.get_by_role("link", name="New experiment").last.click()
    expect(signed_in.locator('[id="id_data.corpus"] option:checked')).to_have_text("planted prepared (4)")


@pytest.fixture(scope="module")
def report_url(site: Site) -> str:
    """The address of a finished preparation."""
    return f"{site.url}/preparations/{site.seed(SEED)}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_preparations_fit_a_phone_and_pass_axe(
    signed_in: Page, site: Site, report_url: str, scheme: str
) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in.goto(report_url)
    links = ("Open the new corpus", "Prepare again with other settings")
    found = [signed_in.get_by_role("link", name=name).get_attribute("href") for name in links]
    for address in (report_url, *(f"{site.url}{href}" for href in found), f"{site.url}/preparations/"):
        for width in (1280, 375):
            signed_in.set_viewport_size({"width": width, "height": 800})
            signed_in.goto(address)
            assert signed_in.evaluate("() => document.documentElement.scrollWidth") <= width, address
        results = Axe().run(signed_in)
        assert results.violations_count == 0, results.generate_report()

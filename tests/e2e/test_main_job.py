"""What a person does, in a real browser with the real trainer: from a text to a checkpoint that generates."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.site import Site, sign_in

TEXT = "the name of the value is the name of a list and the end of the line is the end of the text. " * 12
MINUTES = 60_000  # milliseconds; the machine may be busy

SETTINGS = {
    "name": "tiny run",
    "model.name": "tiny",
    "positions.min_context": "4",
    "positions.max_context": "16",
    "cold_start.steps": "0",
    "sampling.group_size": "4",
    "sampling.max_prompt_tokens": "300",
    "sampling.max_response_tokens": "24",
    "optimisation.steps": "4",
    "optimisation.contexts_per_step": "2",
    "optimisation.mini_batch_contexts": "2",
    "checkpoints.every": "2",
    "resources.threads": "1",
}


def upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Upload a corpus").click()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/corpora/\d+/"))
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="text.txt")).to_be_visible()


def scan(page: Page) -> None:
    """Start a scan, wait until it is finished, and open its atlas."""
    page.get_by_label("Model", exact=True).fill("tiny")
    page.get_by_role("button", name="Scan", exact=True).click()
    atlas = page.get_by_role("link", name="Open the atlas")
    expect(atlas).to_be_visible(timeout=2 * MINUTES)
    atlas.click()


def kept(page: Page) -> int:
    row = page.locator("#threshold-rows tr").first
    return int(row.locator("td").first.inner_text().replace(",", ""))


def choose_threshold(page: Page) -> None:
    """Move the slider: fewer positions are kept, and the choice goes along to the form."""
    expect(page.locator("#threshold-rows tr").first).to_be_visible()
    at_first = kept(page)
    page.locator("#threshold-range").focus()
    page.locator("#threshold-number").fill("2.76")
    expect(page.locator("#threshold-rows tr td").first).not_to_have_text(f"{at_first:,}")
    assert 0 < kept(page) < at_first
    page.locator("#upper-number").fill("2.77")
    band = page.get_by_role("link", name="Use this band")
    expect(band).to_have_attribute("href", re.compile("selection=band&threshold=2.76&upper_threshold=2.77"))
    expect(page).to_have_url(re.compile("t=2.76&u=2.77"))
    page.locator("#upper-number").fill("")
    page.get_by_role("link", name="Use this threshold").click()
    expect(page.locator('[name="positions.threshold"]')).to_have_value("2.76")


def launch(page: Page) -> None:
    for name, value in SETTINGS.items():
        field = page.locator(f'[name="{name}"]')
        field.fill(value)
    expect(page.get_by_text(re.compile(r"2\s+contexts\s+x\s+4\s+=\s+8\s+rollouts"))).to_be_visible()
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url(re.compile(r"/runs/\d+/"))


def watch(page: Page) -> None:
    """Points arrive and the run ends while the page stays as it was loaded."""
    page.evaluate("window.notReloaded = true")
    reward = page.locator('[data-key="reward/mean"]').first
    expect(reward.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_attached(timeout=4 * MINUTES)
    expect(page.locator('[data-live="step"]')).to_have_text("4", timeout=4 * MINUTES)
    ended = page.locator(
        "[data-head-state=succeeded], [data-head-state=no_signal]"
    )  # of a random model chance says
    expect(ended).to_be_visible(timeout=2 * MINUTES)
    points = page.evaluate(
        """() => document.querySelector('[data-key="reward/mean"] .js-plotly-plot').data
                 .filter(trace => trace.x.length === 4).map(trace => Array.from(trace.x))[0]"""
    )
    assert points == [1, 2, 3, 4]
    assert page.evaluate("window.notReloaded") is True


def read_group(page: Page) -> None:
    page.get_by_role("link", name="Groups", exact=True).click()
    page.get_by_role("link", name="Step 4", exact=True).click()
    page.get_by_role("link", name=re.compile("^#?0$|Group 0")).first.click()
    expect(page.get_by_role("heading", name="Group 0, step 4")).to_be_visible()
    expect(page.locator("tr[data-rollout]")).to_have_count(4)
    expect(page.locator(".context-text")).to_contain_text("the")


def download(page: Page, folder: Path) -> Path:
    """The newest checkpoint's archive, unpacked."""
    page.get_by_role("link", name="tiny run").first.click()
    page.get_by_role("link", name="Checkpoints").click()
    expect(page.get_by_role("heading", name="Step 4")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"Download \(\.tar, ")).first.click()
    archive = folder / "checkpoint.tar"
    waiting.value.save_as(archive)
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "unpacked", filter="data")
    (config,) = (folder / "unpacked").rglob("config.json")
    return config.parent


def test_person_takes_a_text_to_a_checkpoint_that_generates(page: Page, site: Site, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    (tmp_path / "text.txt").write_text(TEXT)
    sign_in(page, site.url, site.user, site.password)
    upload(page, tmp_path / "text.txt")
    scan(page)
    choose_threshold(page)
    launch(page)
    watch(page)
    read_group(page)
    folder = download(page, tmp_path)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer("the name of", return_tensors="pt")
    assert (
        model.generate(**tokens, max_new_tokens=4, do_sample=False).shape[1]
        == tokens["input_ids"].shape[1] + 4
    )

"""Instruction tuning as a person does it: conversations uploaded, a real run of a tiny model watched to its end."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.site import Site

MINUTES = 60_000  # milliseconds; the machine may be busy
SETTINGS = {
    "name": "tiny tuning",
    "model.name": "tiny",
    "data.held_out_documents": "2",
    "method.epochs": "2",
    "optimisation.contexts_per_step": "4",
    "checkpoints.every": "3",
    "resources.threads": "1",
}


def test_person_tunes_a_model_on_conversations(signed_in: Page, site: Site, tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": f"{n} + 1?"}, {"role": "assistant", "content": str(n + 1)}]}
        for n in range(14)
    ]
    file = tmp_path / "sums.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = signed_in
    page.goto(f"{site.url}/corpora/")
    page.set_input_files("input[type=file]", file)
    page.locator("#id_kind").select_option("conversations")
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/corpora/\d+/"))
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=2 * MINUTES)
    page.get_by_role("link", name="conversation 3", exact=True).click()
    expect(page.locator('.turn[data-role="assistant"]')).to_contain_text("4")
    page.go_back()

    page.get_by_role("link", name="New experiment").last.click()
    for name, value in SETTINGS.items():
        page.locator(f'[name="{name}"]').fill(value)
    page.locator('[id="id_optimisation.warmup_steps"]').evaluate("input => { input.value = '1' }")
    # 12 of the 14 are learnt: 3 steps of 4 an epoch.
    expect(page.get_by_text(re.compile(r"2 epochs, which make at most\s+6\s+steps"))).to_be_visible()
    expect(page.get_by_role("heading", name="Before the launch")).to_be_hidden()
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\d+/"))

    page.evaluate("window.notReloaded = true")
    expect(page.locator('[data-live="asked"]')).to_have_text("6", timeout=4 * MINUTES)
    expect(page.locator("[data-head-state=succeeded]")).to_be_visible(timeout=4 * MINUTES)
    expect(page.locator('[data-live="step"]')).to_have_text("6")
    drawn = page.evaluate(
        """() => document.querySelector('[data-key="sft/loss"] .js-plotly-plot').data
                 .map(trace => Array.from(trace.x))"""
    )
    assert [1, 2, 3, 4, 5, 6] in drawn
    assert [0, 3, 6] in drawn  # the held-out loss, before training and with each checkpoint
    assert page.evaluate("window.notReloaded") is True
    expect(page.get_by_role("link", name="Groups", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Checkpoints").click()
    expect(page.get_by_role("heading", name="Step 6")).to_be_visible()

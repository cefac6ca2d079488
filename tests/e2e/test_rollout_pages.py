"""All rollouts of a run in a browser: found with words and filters, walked by keys, starred, exported; hostile text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
from webapp.trajectories.index.build import index_run
run = make_run(User.objects.get(username={user!r}), MadeRun("rollouts", "succeeded", steps=12, steps_asked=12))
index_run(run)
print(run.pk)
"""
SEED_HOSTILE = """
from django.contrib.auth.models import User
from tests.webapp.trajectories.made_search import HIT, LATE, group, make_searched_run
from tests.webapp.made_run import write_groups
from webapp.trajectories.index.build import index_run
run = make_searched_run(User.objects.get(username={user!r}))
hostile = "<img src=x onerror=alert(1)>"
worse = LATE.model_copy(update=dict(sample=1, prediction=hostile, token_texts=tuple([hostile] * 4)))
write_groups(run, 1, [group(5, 0, [HIT, worse], hostile, hostile)])
index_run(run)
print(run.pk)
"""
SEED_LATER = """
from django.utils import timezone
from tests.webapp.trajectories.made_search import HIT, group
from tests.webapp.made_run import write_groups
from webapp.jobs.models import Job
from webapp.runs.models import Run
run = Run.objects.get(pk={run})
Job.objects.filter(pk=run.job_id).update(finished=timezone.now())
run.rollout_index.settled = False
run.rollout_index.save()
write_groups(run, 1, [group(99, 0, [HIT], "A later context", " size and")])
print(run.pk)
"""


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    """The address of a made run of 12 steps with 576 rollouts."""
    return f"{site.url}/runs/{site.seed(SEED)}/"


@pytest.fixture(scope="module")
def hostile(site: Site) -> int:
    """A run in which everything that a model or a corpus can say holds markup."""
    return site.seed(SEED_HOSTILE)


def test_failure_is_found_and_opened_by_keys_alone(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}rollouts/")
    signed_in.wait_for_load_state()
    keys = signed_in.keyboard
    keys.press("/")
    keys.type("called wait")  # letters are words here, not keys
    keys.press("Enter")
    expect(signed_in.locator("[data-excerpt] mark").first).to_be_visible()
    assert signed_in.url == f"{run_url}rollouts/?q=called+wait"
    signed_in.wait_for_load_state()
    keys.press("n")
    picked = signed_in.locator("tr[data-picked]")
    expect(picked).to_have_attribute("data-miss", "")
    keys.press("x")
    expect(signed_in.get_by_text("1 ticked")).to_be_visible()
    keys.press("s")
    expect(picked.locator('[aria-pressed="true"]')).to_be_visible()
    place = picked.locator("[data-open]").get_attribute("href")
    keys.press("?")
    expect(signed_in.get_by_role("heading", name="Keys")).to_be_visible()
    keys.press("Escape")
    picked.locator("[data-open]").focus()
    keys.press("Enter")
    expect(signed_in.get_by_role("heading", name="Responses")).to_be_visible()
    assert place is not None and signed_in.url.endswith(place)
    expect(signed_in.locator('.thought[data-picked] [aria-pressed="true"][data-star]')).to_be_visible()
    signed_in.wait_for_load_state()
    keys.press("/")
    expect(signed_in.get_by_label("Words")).to_be_focused()


def test_way_back_leads_to_the_same_row_and_scroll(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}rollouts/?sort=longest")
    signed_in.wait_for_load_state()
    for _ in range(30):
        signed_in.keyboard.press("j")
    scroll = signed_in.evaluate("scrollY")
    assert scroll > 300
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", name="Responses")).to_be_visible()
    signed_in.go_back()
    expect(signed_in.locator("tr[data-picked]")).to_have_count(1)
    assert (
        signed_in.evaluate(
            "[...document.querySelectorAll('tr[data-row]')].findIndex(r => r.dataset.picked === '')"
        )
        == 29
    )
    signed_in.wait_for_function("before => Math.abs(scrollY - before) < 3", arg=scroll)


def test_filters_and_pages_stand_in_the_address(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}rollouts/")
    signed_in.get_by_label("Class").select_option("hit")
    signed_in.get_by_label("First step").fill("3")
    signed_in.get_by_role("button", name="Show").click()
    expect(signed_in).to_have_url(f"{run_url}rollouts/?miss=hit&first=3")
    total = signed_in.locator(".found").inner_text()
    signed_in.wait_for_load_state()
    signed_in.keyboard.press("]")
    expect(signed_in).to_have_url(f"{run_url}rollouts/?page=2&miss=hit&first=3")
    assert signed_in.locator(".found").inner_text() == total
    assert set(signed_in.locator("tr[data-row] .chip").all_inner_texts()) == {"Hit"}
    signed_in.reload()
    expect(signed_in.get_by_label("First step")).to_have_value("3")


def test_ticked_rollouts_are_exported_as_they_are_stored(
    signed_in: Page, run_url: str, tmp_path: Path
) -> None:
    signed_in.goto(f"{run_url}rollouts/?reason=match")
    for tick in signed_in.locator("[data-tick]").all()[:2]:
        tick.check()
    with signed_in.expect_download() as download:
        signed_in.get_by_role("button", name="Export the ticked").click()
    assert download.value.suggested_filename == "rollouts-2-rollouts.jsonl"
    download.value.save_as(tmp_path / "rows.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [row["reward"] for row in rows] == [1.0, 1.0]
    assert all(len(row["logprobs"]) == len(row["token_ids"]) > 0 for row in rows)


def test_two_rollouts_stand_side_by_side(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}steps/5/groups/1/?rollout=2")
    signed_in.wait_for_load_state()
    shown = signed_in.locator(".thought:visible")
    signed_in.keyboard.press("c")
    expect(shown).to_have_count(2)
    assert signed_in.url.endswith("?rollout=2&beside=2%2C3")
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("j")
    assert signed_in.url.endswith("?rollout=4&beside=2%2C4")
    expect(signed_in.locator("[data-beside-same]")).not_to_be_empty()
    signed_in.reload()
    expect(shown).to_have_count(2)
    signed_in.wait_for_load_state()
    signed_in.keyboard.press("c")
    expect(shown).to_have_count(8)


def test_pages_beside_a_group_are_fetched_ahead(signed_in: Page, run_url: str) -> None:
    asked: list[str] = []
    signed_in.on("request", lambda request: asked.append(request.url))
    signed_in.goto(f"{run_url}steps/5/groups/1/")
    wanted = {f"{run_url}steps/{step}/groups/{group}/" for step, group in ((5, 0), (5, 2), (4, 1), (6, 1))}
    expect(signed_in.locator('link[rel="prefetch"]')).to_have_count(4)
    signed_in.wait_for_load_state("networkidle")
    assert wanted <= set(asked)


def test_note_and_star_of_a_group_are_kept(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}steps/6/groups/1/")
    header = signed_in.locator(".page-header")
    header.get_by_text("Add a note").click()
    header.get_by_label("Note on this group").fill("boundary <b>again</b>")
    header.get_by_role("button", name="Save the note").click()
    expect(header.get_by_text("Saved")).to_be_visible()
    header.get_by_role("button", name="Star group 1 of step 6").click()
    expect(header.locator('[data-star][aria-pressed="true"]')).to_be_visible()
    signed_in.reload()
    expect(header.locator(".note-text")).to_have_text("boundary <b>again</b>")
    signed_in.goto(f"{run_url}rollouts/?marked=starred&first=6&last=6")
    expect(signed_in.locator("tr[data-row]")).to_have_count(8)


def test_same_context_over_steps_is_a_chart_with_links(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}steps/5/groups/1/")
    points = signed_in.locator(".hit-chart a")
    expect(points).to_have_count(12)
    expect(signed_in.locator('.hit-chart a[aria-current="page"]')).to_have_count(1)
    points.nth(2).focus()
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", name="Group 1, step 3")).to_be_visible()


def test_text_of_models_and_corpora_is_never_markup(
    signed_in: Page, site: Site, hostile: int, tmp_path: Path
) -> None:
    signed_in.on("dialog", lambda dialog: pytest.fail(f"a script of a rollout ran: {dialog.message}"))
    signed_in.goto(f"{site.url}/runs/{hostile}/rollouts/?q=onerror")
    expect(signed_in.locator("[data-excerpt] mark").first).to_have_text("onerror")
    assert signed_in.locator("img").count() == 0
    signed_in.goto(f"{site.url}/runs/{hostile}/steps/5/groups/0/?rollout=1&beside=0,1&colour=logprob")
    expect(signed_in.locator("[data-surprise]").last).to_contain_text("<img src=x")
    signed_in.get_by_text("Raw JSON").click()
    expect(signed_in.locator("#raw-json")).to_contain_text("onerror=alert(1)")
    assert signed_in.locator("img").count() == 0
    signed_in.goto(f"{site.url}/runs/{hostile}/rollouts/?first=5&reason=mismatch")
    with signed_in.expect_download() as download:
        signed_in.get_by_role("link", name="Export 1 rollout").click()
    download.value.save_as(tmp_path / "rows.jsonl")
    (row,) = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert row["prediction"] == row["context"] == "<img src=x onerror=alert(1)>"


def test_rollouts_that_come_later_are_found_by_themselves(signed_in: Page, site: Site) -> None:
    run = site.seed(SEED_HOSTILE)
    site.seed(SEED_LATER.replace("{run}", str(run)))
    signed_in.goto(f"{site.url}/runs/{run}/rollouts/?q=later")
    for _ in range(30):
        if signed_in.locator("tr[data-row]").count():
            break
        signed_in.wait_for_timeout(1000)
        signed_in.reload()
    expect(signed_in.get_by_role("link", name="Step 99 #0 · 0")).to_be_visible()


@pytest.mark.parametrize("path", ["rollouts/", "rollouts/?q=wait&kind=token", "steps/5/groups/1/?beside=0,1"])
def test_pages_fit_a_phone(signed_in: Page, run_url: str, path: str) -> None:
    signed_in.set_viewport_size({"width": 375, "height": 800})
    signed_in.goto(f"{run_url}{path}")
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= 375

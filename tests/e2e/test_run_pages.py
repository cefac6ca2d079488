"""The run page and the group page in a browser, on a made run that has ended: nothing is trained here."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_run
owner = User.objects.get(username={user!r})
print(make_run(owner, MadeRun("made run", "succeeded", steps=24, steps_asked=24, resumed_at=10)).pk)
"""

SEED_CONTROL = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from tests.webapp.made_run import MadeRun, make_bare_run, make_run
from webapp.jobs.models import Job
from webapp.runs.models import Run
owner = User.objects.get(username={user!r})
run = make_run(owner, MadeRun("run with a control", "succeeded", steps=24, steps_asked=24))
control = make_bare_run(owner, MadeRun("its control", "queued"))
# Not ended, and nobody starts it: the test says what it does.
Job.objects.filter(pk=control.job_id).update(attempt=1, not_before=datetime(2126, 1, 1, tzinfo=UTC))
Run.objects.filter(pk=control.pk).update(control_of=run)
print(run.pk)
"""
SEED_SEGMENTS = """
from django.contrib.auth.models import User
from tests.training.judging.made_groups import ONE, OTHER, SHORT, made_group
from tests.webapp.audits.made import make_judged_run
from tests.webapp.made_run import write_groups
run = make_judged_run(User.objects.get(username={user!r}), steps=1)
write_groups(run, 1, [made_group(2, 0, [ONE, OTHER, ONE, SHORT]), made_group(2, 1, [ONE], kind="msr")])
print(run.pk)
"""
STEP_OF_CONTROL = """
from django.utils import timezone
from webapp.jobs.models import JobEvent
from webapp.runs.models import Run
job = Run.objects.get(name="its control").job
values = dict([("baseline/argmax", 0.25), ("control/loss", 3.5)])
payload = dict(type="metrics", step=1, values=values)
row = JobEvent.objects.create(job=job, attempt=1, seq=1, type="metrics", time=timezone.now(), payload=payload)
print(row.pk)
"""


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    """The address of a made run of 24 steps, resumed once at step 10."""
    return f"{site.url}/runs/{site.seed(SEED)}/"


def traces(page: Page, key: str) -> list[list[float]]:
    """[line width, points, largest x] of each line of a tile."""
    found: list[list[float]] = page.evaluate(
        """key => document.querySelector(`[data-key="${key}"] .js-plotly-plot`).data
             .map(trace => [trace.line.width, trace.x.length, Math.max(...trace.x)])""",
        key,
    )
    return found


def wait_for_lines(page: Page, key: str, count: int) -> None:
    page.wait_for_function(
        """([key, count]) => document.querySelector(`[data-key="${key}"] .js-plotly-plot`)?.data.length === count""",
        arg=[key, count],
    )


def test_run_page_draws_reward_baselines_and_the_replaced_part(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    wait_for_lines(signed_in, "reward/mean", 5)
    # The raw reward, steps 11 to 13 of the first attempt, both baselines, and last the smoothed reward.
    lines = [[1, 24, 24], [1, 3, 13], [1.25, 24, 24], [1.25, 24, 24], [1.75, 24, 24]]
    assert traces(signed_in, "reward/mean") == lines
    assert signed_in.locator('[data-key="reward/mean"]').get_by_text("Best constant answer").is_visible()
    assert signed_in.locator("#verdict li").count() == 6


def test_line_of_a_live_control_grows_on_the_page_of_a_run_that_has_ended(
    signed_in: Page, site: Site
) -> None:
    signed_in.goto(f"{site.url}/runs/{site.seed(SEED_CONTROL)}/")
    wait_for_lines(signed_in, "reward/mean", 5)  # raw, two baselines, the control, the smoothed reward
    label = signed_in.locator('[data-key="reward/mean"]').get_by_text("Supervised control, argmax")
    expect(label).to_have_count(0)  # no step of it is done
    site.seed(STEP_OF_CONTROL)
    expect(label).to_be_visible()
    assert [1.25, 1, 1] in traces(signed_in, "reward/mean")


def test_one_crosshair_moves_over_the_charts_of_a_run(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    wait_for_lines(signed_in, "reward/mean", 5)
    signed_in.wait_for_selector('[data-key="format/share"] .js-plotly-plot .scatterlayer .trace')
    box = signed_in.locator('[data-key="reward/mean"] .nsewdrag').bounding_box()
    assert box is not None
    signed_in.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = signed_in.locator('[data-key="format/share"] .hoverlayer .legend')
    expect(shown).to_be_attached()
    signed_in.mouse.move(5, 5)
    expect(shown).to_have_count(0)


def test_run_page_keeps_smoothing_axis_and_filter_in_the_address(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    wait_for_lines(signed_in, "reward/mean", 5)
    signed_in.locator("[data-smooth]").fill("9")
    signed_in.locator("[data-x-axis]").select_option("relative")
    wait_for_lines(signed_in, "reward/mean", 5)
    signed_in.get_by_text("All other metrics").click()
    signed_in.get_by_label("Filter by regular expression").fill("^time/g")
    expect(signed_in.locator("[data-other-tiles] .tile:visible")).to_have_count(1)
    expect(signed_in.locator("[data-other-tiles] > section:visible > h3")).to_have_text(["time"])
    assert signed_in.url == f"{run_url}?smooth=9&x=relative&metric=%5Etime%2Fg"
    signed_in.reload()
    signed_in.locator('[data-key="reward/mean"]').scroll_into_view_if_needed()
    wait_for_lines(signed_in, "reward/mean", 5)
    expect(signed_in.locator("[data-smooth-words]")).to_have_text("mean of 9 steps")
    expect(signed_in.locator("[data-other-tiles] .tile:visible")).to_have_count(1)


def test_click_on_a_point_opens_the_groups_of_its_step(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    wait_for_lines(signed_in, "reward/mean", 5)
    box = signed_in.locator('[data-key="reward/mean"] .nsewdrag').first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 2, box["y"] + box["height"] / 2
    signed_in.mouse.move(x, y)
    expect(signed_in.locator('[data-key="reward/mean"] .hoverlayer .legend').first).to_be_visible()
    signed_in.mouse.click(x, y)
    expect(signed_in.get_by_role("heading", name="Groups of step 24")).to_be_visible()


def test_charts_follow_the_theme(signed_in: Page, run_url: str) -> None:
    signed_in.emulate_media(color_scheme="light")
    signed_in.goto(run_url)
    wait_for_lines(signed_in, "reward/mean", 5)
    ink = "() => document.querySelector('[data-key=\"reward/mean\"] .js-plotly-plot').layout.font.color"
    light = signed_in.evaluate(ink)
    signed_in.emulate_media(color_scheme="dark")
    signed_in.wait_for_function(f"before => ({ink})() !== before", arg=light)


def test_group_page_is_walked_with_keys(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}steps/20/groups/2/")
    signed_in.keyboard.press("j")
    expect(signed_in.locator('.ruler tr[data-picked][data-rollout="0"]')).to_be_visible()
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("k")
    assert signed_in.url.endswith("?rollout=0")
    signed_in.keyboard.press("n")
    expect(signed_in.locator('.ruler tr[data-picked]:not([data-class="hit"])')).to_have_count(1)
    signed_in.keyboard.press("?")
    expect(signed_in.get_by_role("heading", name="Keys")).to_be_visible()
    signed_in.keyboard.press("Escape")
    signed_in.keyboard.press("]")
    expect(signed_in.get_by_role("heading", name="Group 3, step 20")).to_be_visible()
    signed_in.wait_for_load_state()  # the keys work once the page's scripts have run
    signed_in.keyboard.press("ArrowRight")
    expect(signed_in.get_by_role("heading", name="Group 3, step 21")).to_be_visible()


def test_group_of_segments_is_walked_with_keys(signed_in: Page, site: Site) -> None:
    signed_in.goto(f"{site.url}/runs/{site.seed(SEED_SEGMENTS)}/steps/2/groups/0/?rollout=0")
    picked = signed_in.locator("article[data-picked]")
    expect(picked).to_contain_text("Judged right")
    signed_in.keyboard.press("n")
    expect(picked).to_contain_text("Judged wrong")
    signed_in.keyboard.press("n")
    expect(picked).to_contain_text("Too short to judge")
    assert signed_in.url.endswith("?rollout=3")
    signed_in.keyboard.press("k")
    expect(picked).to_contain_text("Judged right")
    signed_in.get_by_label("Token colour").select_option("logprob")
    expect(signed_in.locator("[data-response] [data-surprise]")).to_have_count(12)
    signed_in.get_by_role("heading", name="Group 0").click()  # keys are silent in the choice
    signed_in.keyboard.press("]")
    expect(signed_in.get_by_role("heading", name="Group 1, step 2")).to_be_visible()
    assert signed_in.url.endswith("?colour=logprob")


def test_group_page_marks_a_column_and_colours_tokens(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}steps/20/groups/2/")
    signed_in.locator('.truth-row [data-at="1"]').hover(force=True)
    assert (
        signed_in.locator(".ruler .column").count() == signed_in.locator('.ruler [data-at="1"]').count() > 1
    )
    before = signed_in.locator("[data-response]").first.inner_text()
    signed_in.get_by_label("Token colour").select_option("logprob")
    expect(signed_in.locator("[data-response] [data-surprise]").first).to_be_visible()
    assert signed_in.locator("[data-response]").first.inner_text() == before
    assert signed_in.url.endswith("?colour=logprob")


@pytest.mark.parametrize(
    "path",
    ["", "?tab=groups", "?tab=log", "checkpoints/", "steps/20/", "steps/20/what-if/", "steps/20/groups/1/"],
)
def test_pages_fit_a_phone(signed_in: Page, run_url: str, path: str) -> None:
    signed_in.set_viewport_size({"width": 375, "height": 800})
    signed_in.goto(f"{run_url}{path}")
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= 375

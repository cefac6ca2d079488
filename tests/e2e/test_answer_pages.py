"""Problems, answers, Table 2 and the panels in a browser, on made results."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.evaluations.made_tasks import *
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint, make_run
from webapp.evaluations.task_projection import project_run
from webapp.runs.models import MetricPoint
owner = User.objects.get(username={user!r})
before = make_run(owner, MadeRun("rpt on Omni-MATH", "succeeded", steps=24, steps_asked=24, colour=2))
checkpoint = make_checkpoint(before, 24)
pairs = []
for place, (name, start) in enumerate((("rlvr, base", None), ("rlvr, rpt", checkpoint))):
    run = make_rlvr_run(owner, name, start=start, state="succeeded", steps=20, steps_asked=20, colour=place)
    run.step = 20
    run.save()
    def measured(key, step, value):
        MetricPoint.objects.create(run=run, key=key, attempt=1, step=step, value=value, time=run.created)
    for step in range(1, 21):
        measured("reward/mean", step, 0.3 + 0.01 * step * (1 + place))
        measured("response/length", step, 18 + 0.1 * step - place)
        measured("compute/flops", step, 2.5e12)
        measured("compute/train_tokens", step, 4.0e3)
    for step in range(0, 21, 4):
        right = [min(4, (number * 7 + step * (1 + place) // 4) % 6) for number in range(64)]
        answered = made_answers(right)
        file = write_answers_of(run, step, answered)
        project_run(run.job, 1, [made_tasks_event(step, made_tasks_result(answered, answers_file=file))])
        measured("eval/answers/pass_1", step, sum(right) / 256)
    pairs.append(run.pk)
print(pairs[0])
"""


@pytest.fixture(scope="module")
def run_pk(site: Site) -> int:
    """Of two made runs of RLVR, one from the base and one from an RPT checkpoint, the first."""
    return site.seed(SEED)


def test_run_tab_draws_pass_at_1_and_its_law(signed_in: Page, site: Site, run_pk: int) -> None:
    signed_in.goto(f"{site.url}/runs/{run_pk}/evaluation/")
    expect(signed_in.get_by_role("heading", name="Held-out problems")).to_be_visible()
    expect(signed_in.locator('[data-evaluation-chart="accuracy"] .scatterlayer .trace')).to_have_count(1)
    signed_in.get_by_role("link", name="a exp(b x^c)").click()
    expect(signed_in.get_by_role("columnheader", name="c", exact=True)).to_be_visible()
    law = signed_in.locator('[data-evaluation-chart="scaling"]')
    law.scroll_into_view_if_needed()
    expect(law.locator(".scatterlayer .trace")).to_have_count(2)
    signed_in.get_by_role("link", name="training tokens").click()
    expect(signed_in.get_by_role("heading", name="Against training tokens")).to_be_visible()


def test_answers_are_read_task_by_task_beside_another_model(signed_in: Page, site: Site, run_pk: int) -> None:
    signed_in.goto(f"{site.url}/evaluations/tasks/")
    signed_in.get_by_role("link", name="Answers").first.click()
    signed_in.get_by_role("link", name="Sometimes").click()
    first = signed_in.locator(".answers tbody tr").first
    first.locator(".said summary").first.click()
    expect(first.locator("pre.response").first).to_be_visible()
    signed_in.get_by_text("Lay beside it").click()
    signed_in.get_by_role("checkbox").first.check()
    signed_in.get_by_role("button", name="Show").click()
    expect(signed_in.locator(".answers thead th")).to_have_count(5)
    expect(signed_in.get_by_role("link", name="Sometimes")).to_have_attribute("aria-current", "true")


def test_table_2_shows_both_starts_and_leads_to_the_form(signed_in: Page, site: Site, run_pk: int) -> None:
    signed_in.goto(f"{site.url}/evaluations/after-rlvr/")
    rows = signed_in.locator(".table2 tbody")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("rlvr, base")
    expect(rows.nth(2)).to_contain_text("from rpt on Omni-MATH, step 24")
    rows.nth(3).get_by_role("link").click()
    expect(signed_in.get_by_role("heading", name="New experiment")).to_be_visible()


def test_panels_overlay_both_runs(signed_in: Page, site: Site, run_pk: int) -> None:
    signed_in.goto(f"{site.url}/evaluations/panels/")
    for name in ("rlvr, base", "rlvr, rpt"):
        signed_in.get_by_label(name).check()
    signed_in.get_by_role("button", name="Show the panels").click()
    tiles = signed_in.locator(".tile[data-key]")
    expect(tiles).to_have_count(3)
    for place in (0, 2):
        tiles.nth(place).locator("[data-drawn]").wait_for()
    expect(tiles.nth(0).locator(".scatterlayer .trace")).to_have_count(4)  # smoothed and raw of each
    expect(tiles.nth(2).locator(".scatterlayer .trace")).to_have_count(2)  # evaluations are not smoothed

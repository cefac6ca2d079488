"""The evaluation tab, the page of models side by side and marked pattern words in a browser, on made results."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site

SEED = """
from django.contrib.auth.models import User
from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.made_run import MadeRun, make_run
from webapp.evaluations.projection import project, project_run
from webapp.evaluations.services.start import evaluate_model
from webapp.jobs.models import Job
from webapp.runs.models import MetricPoint
owner = User.objects.get(username={user!r})
run = make_run(owner, MadeRun("evaluated run", "succeeded", steps=24, steps_asked=24))
run.config["evaluation"]["every"] = 4
run.config["data"]["held_out_documents"] = 4
run.save()
MetricPoint.objects.bulk_create(
    MetricPoint(run=run, key="compute/flops", attempt=1, step=step, value=2.5e12, time=run.created)
    for step in range(1, 25)
)
for step in range(0, 25, 4):
    patterns = {{"hypothesis": 0.1 * (1 + step / 8), "deduction": 0.2, "reflection": 0.3}}
    right = round(80 - 60 * (step or 1) ** -0.5)
    project_run(run.job, 1, [made_event(step, made_result(right, patterns=patterns, positions="e" * 16))])
larger = made_result(90, standard=80, positions="e" * 16, model="larger model", parameters=360_000_000)
asked = evaluate_model(run, "smollm2-135m-instruct")
Job.objects.filter(pk=asked.job_id).update(state="succeeded")
project(asked.job, 1, [made_event(0, larger)])
print(run.pk)
"""


@pytest.fixture(scope="module")
def run_url(site: Site) -> str:
    """The address of a made run with an evaluation every four steps."""
    return f"{site.url}/runs/{site.seed(SEED)}/"


def test_run_tab_draws_accuracy_and_law(signed_in: Page, run_url: str) -> None:
    signed_in.goto(run_url)
    signed_in.get_by_role("link", name="Evaluation", exact=True).click()
    chart = signed_in.locator('[data-evaluation-chart="accuracy"]')
    expect(chart.locator(".scatterlayer .trace")).to_have_count(6)
    expect(signed_in.locator("table.scores tbody tr")).to_have_count(7)
    law = signed_in.locator('[data-evaluation-chart="scaling"]')
    law.scroll_into_view_if_needed()
    expect(law.locator(".scatterlayer .trace")).to_have_count(6)
    expect(signed_in.get_by_text("+300.0 %")).to_be_visible()


def test_models_side_by_side_draw_accuracy_against_size(signed_in: Page, run_url: str, site: Site) -> None:
    signed_in.goto(f"{site.url}/evaluations/")
    # Other tests' runs are evaluated on sets of their own.
    of_set = signed_in.get_by_role("region", name="200 positions set eeeeeeee")
    expect(of_set.locator("table.scores tbody tr")).to_have_count(3)
    sizes = of_set.locator("[data-sizes]")
    sizes.scroll_into_view_if_needed()
    expect(sizes.locator(".scatterlayer .trace")).to_have_count(2)


def test_marked_words_come_back_after_token_colours(signed_in: Page, run_url: str) -> None:
    signed_in.goto(f"{run_url}steps/20/groups/2/")
    marks = signed_in.locator("[data-response] mark")
    before = marks.count()
    assert before > 0
    signed_in.get_by_label("Token colour").select_option("logprob")
    expect(signed_in.locator("[data-response] [data-surprise]").first).to_be_visible()
    expect(marks).to_have_count(0)
    signed_in.get_by_label("Token colour").select_option("none")
    expect(marks).to_have_count(before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_evaluation_pages_fit_a_phone(signed_in: Page, run_url: str, site: Site, scheme: str) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 375, "height": 800})
    for url in (f"{run_url}evaluation/", f"{site.url}/evaluations/"):
        signed_in.goto(url)
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= 375

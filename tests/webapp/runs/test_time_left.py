"""How long a run still takes: one forecast for the form, its own page and lists."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_bare_run
from training.contract.presets import preset
from training.contract.run_time import start_seconds
from webapp.experiments.estimate import Assumptions, TimeEstimate, estimate_of
from webapp.jobs.models import JobEvent
from webapp.runs.models import Run
from webapp.runs.rows import run_rows
from webapp.runs.time_left import seconds_left
from webapp.templatetags.foresight import about


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    pass


def at(run: Run, stage: str, **changed: Any) -> float | None:
    """The seconds left of a run that is in this stage."""
    Run.objects.filter(pk=run.pk).update(stage=stage, **changed)
    return seconds_left(Run.objects.get(pk=run.pk))


@pytest.fixture
def run(user: Any) -> Run:
    return make_bare_run(user, MadeRun("made", "running", steps_asked=60))


def form_says(user: Any) -> TimeEstimate:
    found = estimate_of(user, preset("demo-cpu"), 60, Assumptions())
    assert found is not None and found.time is not None
    return found.time


def test_run_that_has_just_begun_takes_what_the_form_said(run: Run, user: Any) -> None:
    time = form_says(user)
    parts = {one.work.name: one.seconds for one in time.parts}
    assert time.total == pytest.approx(90 + sum(parts.values()))  # the model 15 s, the engine 75 s
    assert at(run, "") == round(time.total, 1)
    assert at(run, "prepare") == round(time.total, 1)


def test_stages_that_are_done_are_left_out(run: Run, user: Any) -> None:
    time = form_says(user)
    cold_start = next(one.seconds for one in time.parts if one.work.name == "cold_start")
    steps = 60 * time.step
    half = at(run, "cold_start", stage_done=16, stage_total=32)
    assert half == pytest.approx(90 + cold_start / 2 + steps, abs=0.1)
    assert at(run, "engine") == pytest.approx(90 + steps, abs=0.1)
    assert at(run, "train") == pytest.approx(steps, abs=0.1)


def test_own_pace_takes_the_place_of_the_forecast(run: Run) -> None:
    assert at(run, "train", step=20, seconds_per_step=3.0) == 120.0
    # attempt 2 starts the engine again
    assert at(run, "engine", step=20, seconds_per_step=3.0) == 210.0


def test_evaluations_on_the_way_are_counted(run: Run) -> None:
    run.config["evaluation"] |= {"every": 20, "positions": 8}
    run.config["data"]["held_out_documents"] = 2
    Run.objects.filter(pk=run.pk).update(config=run.config)
    without = 40 * 3.0
    left = at(run, "train", step=20, seconds_per_step=3.0)
    assert left is not None
    every = (left - without) / 2  # of four, before and at 20 are done
    assert every > 0
    assert at(run, "train", step=40) == pytest.approx(60 + every, abs=0.1)
    assert at(run, "train", step=60) == 0.0


def test_engine_takes_what_it_took_the_run_that_measured_the_speed(run: Run, user: Any) -> None:
    Run.objects.filter(pk=run.pk).update(seconds_per_step=10.0)
    JobEvent.objects.create(
        job=run.job, attempt=1, seq=1, type="stage", time=timezone.now(),
        payload={"type": "stage", "stage": "engine", "status": "finished", "detail": "", "seconds": 41.0},
    )  # fmt: skip
    assert form_says(user).start == 15 + 41


@pytest.mark.parametrize("state", ["queued", "succeeded", "failed", "cancelled"])
def test_run_that_is_not_at_work_has_no_time_left(user: Any, state: str) -> None:
    run = make_bare_run(user, MadeRun("made", state))
    assert at(run, "train", step=3, seconds_per_step=2.0) is None


def test_model_whose_size_nobody_knows_goes_by_the_pace_alone(run: Run) -> None:
    run.config["model"]["name"] = "org/unknown"
    Run.objects.filter(pk=run.pk).update(config=run.config)
    assert at(run, "engine") is None
    assert at(run, "train", step=50, seconds_per_step=2.0) == 20.0


def test_supervised_runs_start_no_engine() -> None:
    assert start_seconds(preset("sft-demo-cpu"), "cpu") == 15
    assert start_seconds(preset("demo-cpu"), "cpu") == 90
    assert start_seconds(preset("rpt-paper"), "cuda", 60.0) == 75


@pytest.mark.parametrize(
    ("changed", "said", "left"),
    [
        ({"stage": "engine"}, "Starting the engine", "about 18 min left"),
        (
            {"stage": "cold_start", "stage_done": 16, "stage_total": 32},
            "Cold start 16 of 32",
            "about 21 min left",
        ),
        ({"stage": ""}, "Starting", "about 24 min left"),
        ({"stage": "train", "step": 12, "seconds_per_step": 15.0}, "12 of 60", "about 12 min left"),
    ],
)
def test_list_and_home_show_the_stage_and_the_time(
    run: Run, client_signed_in: Client, changed: dict[str, Any], said: str, left: str
) -> None:
    Run.objects.filter(pk=run.pk).update(last_event=timezone.now(), **changed)
    for address in ("/", "/runs/"):
        page = client_signed_in.get(address).content.decode()
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
        assert f"{said} {left}" in words, address
    page = client_signed_in.get(f"/runs/{run.pk}/").content.decode()
    assert f'data-live="eta">{left.removesuffix(" left")}</dd>' in page


def test_row_of_a_run_that_waits_has_no_stage(user: Any) -> None:
    run = make_bare_run(user, MadeRun("waits", "queued"))
    (row,) = run_rows(Run.objects.for_rows().filter(pk=run.pk), timezone.now())
    assert (row.stage, row.seconds_left) == ("", None)


def test_demo_on_a_first_visit_is_promised_what_the_form_says(user: Any, client_signed_in: Client) -> None:
    time = about(form_says(user).total)
    assert f"two CPU cores, {time}. Nothing has to be set up." in client_signed_in.get("/").content.decode()
    made_corpus(settings.HOME, user)
    form = client_signed_in.get("/experiments/new/").content.decode()
    assert f"<strong>{time}</strong>" in form

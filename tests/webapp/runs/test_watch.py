"""Runs are judged beside the reconciler, so that lists show a verdict."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.made_run import MadeRun, make_bare_run, make_run
from webapp.jobs.models import Job
from webapp.runs.models import MetricPoint, Run
from webapp.runs.verdict import Check
from webapp.runs.watch import judge_due, overall


@pytest.fixture(autouse=True)
def _home(home: Any) -> None:
    pass


def judged(run: Run) -> tuple[str, str, int]:
    run.refresh_from_db()
    return run.health, run.health_key, run.health_step


def check(name: str, status: Any) -> Check:
    return Check(name, f"key/{name}", status, "1", "caption", f"{name} is {status}.")


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        (["good", "none"], ("good", "0 is good.", "key/0")),
        (["good", "warn", "bad", "bad"], ("bad", "2 is bad.", "key/2")),
        (["none", "warn"], ("warn", "1 is warn.", "key/1")),
        (["none", "none"], ("", "", "")),
        ([], ("", "", "")),
    ],
)
def test_overall_is_the_worst_check(statuses: list[str], worst: tuple[str, str, str]) -> None:
    assert overall([check(str(place), status) for place, status in enumerate(statuses)]) == worst


def test_run_is_judged_when_it_has_gone_on(user: Any) -> None:
    run = make_run(user, MadeRun("made", "running", 24, 30))
    assert judge_due() is False
    assert judged(run) == ("warn", "response/truncated", 24)
    Run.objects.filter(pk=run.pk).update(health="", step=25)
    judge_due()
    assert judged(run)[::2] == ("warn", 25)


def test_run_whose_entropy_collapses_turns_bad_with_the_sentence(user: Any) -> None:
    run = make_run(user, MadeRun("made", "running", 24, 30))
    MetricPoint.objects.filter(run=run, key="policy/entropy", step__gt=10).update(value=0.04)
    judge_due()
    assert judged(run) == ("bad", "policy/entropy", 24)
    assert run.health_note.startswith("Policy entropy 0.040 nats per token")


def test_long_run_is_judged_after_each_hundredth(user: Any) -> None:
    run = make_run(user, MadeRun("made", "running", 24, 30))
    for step, judged_at, at_last in ((5049, 5000, 5000), (5051, 5000, 5051), (4000, 5000, 4000)):
        Run.objects.filter(pk=run.pk).update(step=step, health_step=judged_at)
        judge_due()
        assert judged(run)[2] == at_last


def test_short_and_waiting_runs_are_left_alone_until_they_end(user: Any) -> None:
    short, waiting = (
        make_run(user, MadeRun("short", "running", 3, 30)),
        make_run(user, MadeRun("waits", "running", 24, 30)),
    )
    Job.objects.filter(pk=waiting.job_id).update(state="queued")
    judge_due()
    assert (judged(short)[2], judged(waiting)[2]) == (0, 0)
    Job.objects.filter(pk=short.job_id).update(state="cancelled")
    judge_due()
    assert judged(short) == ("", "", 3)


def test_many_runs_are_judged_a_few_at_a_time(user: Any) -> None:
    for number in range(7):
        make_run(user, MadeRun(f"run {number}", "succeeded", 2, 2))
    assert (judge_due(), judge_due()) == (True, False)
    assert Run.objects.filter(health_step=2).count() == 7


def test_unhealthy_run_needs_attention_at_home(user: Any, client_signed_in: Client) -> None:
    from django.utils import timezone

    run = make_bare_run(user, MadeRun("ill", "running", start=timezone.now()))
    note = "Policy entropy 0.040 nats per token."
    Run.objects.filter(pk=run.pk).update(
        health="bad", health_note=note, health_key="policy/entropy", last_event=timezone.now()
    )
    page = client_signed_in.get("/").content.decode()
    assert "Needs attention" in page and note in page
    assert f'href="/runs/{run.pk}/#policyentropy"' in page
    Run.objects.filter(pk=run.pk).update(health="warn")
    assert "Needs attention" not in client_signed_in.get("/").content.decode()

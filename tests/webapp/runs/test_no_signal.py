"""A run in which no step had a signal has learnt nothing: pages say so, though it has done its steps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.made_run import MadeRun, make_checkpoint, make_run
from webapp.checkpoints.views import best_of
from webapp.jobs.models import Job
from webapp.runs.health import chip_state, shown_state
from webapp.runs.home import home_of
from webapp.runs.models import Checkpoint, MetricPoint, Run
from webapp.runs.snapshot import run_snapshot
from webapp.runs.verdict import NO_SIGNAL, Check, verdict
from webapp.runs.watch import judge_due, overall

SHARE = "groups/effective"


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    pass


def signal(values: list[float], *, done: bool = True) -> Check:
    return verdict({SHARE: values}, done=done)[1]


@pytest.mark.parametrize(
    ("values", "done", "status", "caption"),
    [
        ([0.0] * 3, True, "warn", "no signal in any step"),
        ([0.0] * 3, False, "none", "3 of 20 steps needed"),
        ([0.0, 0.125, 0.0], True, "none", "3 of 20 steps needed"),
        ([0.0] * 20, False, "bad", "no signal in any step"),
        ([0.125] + [0.0] * 19, True, "bad", "hardly any signal"),
    ],
)
def test_verdict_of_groups_without_a_signal(
    values: list[float], done: bool, status: str, caption: str
) -> None:
    found = signal(values, done=done)
    assert (found.status, found.caption, found.sentence == NO_SIGNAL) == (
        status, caption, caption == "no signal in any step",
    )  # fmt: skip


def test_lack_of_a_signal_comes_before_everything_else() -> None:
    fell = Check("Learning", "reward/mean", "bad", "0", "down", "The reward fell.")
    none = signal([0.0] * 3)
    assert overall([fell, none]) == ("warn", NO_SIGNAL, SHARE)


@pytest.fixture
def run(user: Any) -> Run:
    """Four steps, all done; in none did the rewards of a group differ."""
    run = make_run(user, MadeRun("in vain", "succeeded", 4, 4))
    MetricPoint.objects.filter(run=run, key=SHARE).update(value=0.0)
    Job.objects.filter(pk=run.job_id).update(finished=timezone.now())
    judge_due()
    return Run.objects.get(pk=run.pk)


def test_page_list_and_home_warn_of_a_run_without_a_signal(run: Run, client_signed_in: Client) -> None:
    now = timezone.now()
    assert (run.job.state, shown_state(run, now), chip_state(run, now)) == (
        "succeeded", "succeeded", "no_signal",
    )  # fmt: skip
    assert run_snapshot(run)["no_signal"] is True
    for address in ("/", "/runs/", f"/runs/{run.pk}/", f"/runs/{run.pk}/checkpoints/"):
        page = client_signed_in.get(address).content.decode()
        assert 'data-tone="warn" data-state="no_signal"' in page, address
        assert 'data-state="succeeded"' not in page, address
    assert NO_SIGNAL in client_signed_in.get(f"/runs/{run.pk}/").content.decode()


def test_home_says_what_to_do_about_it(run: Run, user: Any) -> None:
    (one,) = home_of(user, timezone.now()).attention
    assert (one.row.run, one.tone, one.reason, one.action) == (run, "warn", NO_SIGNAL, "evidence")
    Job.objects.update(finished=timezone.now() - timedelta(days=8))
    assert home_of(user, timezone.now()).attention == ()


def test_run_with_one_signal_ends_well(user: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 4, 4))
    MetricPoint.objects.filter(run=run, key=SHARE, step__gt=1).update(value=0.0)
    judge_due()
    run.refresh_from_db()
    assert (run.no_signal, chip_state(run, timezone.now())) == (False, "succeeded")


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([0.0], None),
        ([0.0, 0.0], None),
        ([0.5, 0.5], None),
        ([0.5], 0),
        ([0.0, 0.25], 1),
        ([0.25, 0.25, 0.0], 1),
    ],
)
def test_no_checkpoint_is_the_best_of_equals(
    run: Run, client_signed_in: Client, scores: list[float], best: int | None
) -> None:
    rows = [make_checkpoint(run, place + 1) for place in range(len(scores))]
    for row, score in zip(rows, scores, strict=True):
        Checkpoint.objects.filter(pk=row.pk).update(reward=score, best_by="", score=None)
    found = best_of(list(Checkpoint.objects.of_run(run)))["best"]
    assert found == (None if best is None else rows[best].pk)
    page = client_signed_in.get(f"/runs/{run.pk}/checkpoints/").content.decode()
    assert ("best: Reward, mean" in page) == (best is not None)
    assert ("None is called the best: they all have the same score." in page) == (best is None)


def test_removed_checkpoint_still_tells_that_scores_differed(run: Run) -> None:
    for step, score, removed in ((1, 0.0, True), (2, 0.25, False)):
        row = make_checkpoint(run, step, removed=removed)
        Checkpoint.objects.filter(pk=row.pk).update(reward=score)
    assert best_of(list(Checkpoint.objects.of_run(run)))["best"] == row.pk

"""Home and the list of runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.corpora.services.sample import ensure_sample
from webapp.experiments.models import Experiment
from webapp.runs.first_steps import first_steps
from webapp.runs.home import home_of
from webapp.runs.listing import Filters, listed
from webapp.runs.models import MetricPoint, Run


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path


def made(owner: Any, name: str, state: str, **changed: Any) -> Run:
    now = timezone.now()
    run = make_bare_run(owner, MadeRun(name, state, start=now - timedelta(minutes=1)))
    Run.objects.filter(pk=run.pk).update(**{"last_event": now, **changed})
    return run


def names(rows: Any) -> list[str]:
    return [row.run.name for row in rows]


def test_first_visit_offers_the_demo_and_an_upload(client_signed_in: Client) -> None:
    page = client_signed_in.get(reverse("home")).content.decode()
    assert "Launch the demo experiment" in page
    assert "Upload a corpus" in page
    assert reverse("run-demo") in page


def steps_done(user: Any) -> list[bool]:
    return [step.done for step in first_steps(user)]


def test_steps_to_a_run_are_ticked_as_they_are_done(user: Any, other_user: Any, tmp_path: Path) -> None:
    made(other_user, "of another", "running")
    assert steps_done(user) == [False, False, False, False]
    corpus = made_corpus(tmp_path, user)
    assert steps_done(user) == [True, False, False, False]
    scan = made_scan(tmp_path, corpus)
    assert steps_done(user) == [True, True, False, False]
    Experiment.objects.create(owner=user, name="mine", corpus=corpus, config={})
    assert steps_done(user) == [True, True, True, False]
    assert [step.url for step in first_steps(user)] == [
        reverse("corpora"),
        reverse("scan", args=[scan.pk]),
        f"{reverse('experiment-new')}?corpus={corpus.pk}",
        reverse("runs"),
    ]
    made(user, "mine", "queued")
    assert steps_done(user) == [True, True, True, True]


def test_first_visit_says_what_both_methods_do_and_marks_a_step_that_is_done(
    client_signed_in: Client, user: Any, tmp_path: Path
) -> None:
    made_corpus(tmp_path, user)
    page = client_signed_in.get(reverse("home")).content.decode()
    assert "rewarded when its prediction matches the text" in page
    assert "another model judges whether its prediction says the same" in page
    assert (page.count("data-done"), page.count('<span class="step-mark"')) == (1, 4)


def test_home_with_the_demo_alone_shows_the_steps_to_a_run_of_ones_own(
    client_signed_in: Client, user: Any
) -> None:
    ensure_sample(user)
    demo = made(user, "demo-cpu", "running")
    Experiment.objects.filter(pk=demo.experiment_id).update(name="demo-cpu", preset="demo-cpu")
    page = client_signed_in.get(reverse("home")).content.decode()
    assert "Next, with a text of your own" in page
    assert steps_done(user) == [False, False, False, False]
    made(user, "mine", "queued")
    assert "step-mark" not in client_signed_in.get(reverse("home")).content.decode()


def test_home_with_a_run_shows_no_first_steps(client_signed_in: Client, user: Any) -> None:
    made(user, "mine", "running")
    assert "step-mark" not in client_signed_in.get(reverse("home")).content.decode()


def test_home_puts_what_needs_attention_first(user: Any) -> None:
    made(user, "bad", "failed")
    made(user, "short", "finished_short")
    made(user, "quiet", "running", last_event=timezone.now() - timedelta(hours=1))
    Run.objects.filter(name="quiet").first().job.__class__.objects.filter(run__name="quiet").update(
        started=timezone.now() - timedelta(hours=2)
    )
    made(user, "fine", "running")
    made(user, "waits", "queued")
    made(user, "done", "succeeded")
    home = home_of(user, timezone.now())
    assert sorted(names(one.row for one in home.attention)) == ["bad", "quiet", "short"]
    assert names(home.active) == ["fine", "waits"]
    assert names(home.recent) == ["done"]
    assert home.attention[0].row.state == "stalled"


def test_old_failures_leave_home(user: Any) -> None:
    run = made(user, "long ago", "failed")
    run.job.finished = timezone.now() - timedelta(days=8)
    run.job.save()
    home = home_of(user, timezone.now())
    assert (names(home.attention), names(home.recent)) == ([], ["long ago"])


def test_sparkline_takes_the_latest_attempt_of_each_step(user: Any) -> None:
    run = made(user, "two attempts", "running", step=2)
    for attempt, step, value in ((1, 1, 0.0), (1, 2, 0.9), (2, 2, 1.0)):
        MetricPoint.objects.create(
            run=run, key="reward/mean", attempt=attempt, step=step, value=value, time=timezone.now()
        )
    (row,) = home_of(user, timezone.now()).active
    assert row.spark == "2.0,26.0 118.0,2.0"


def test_list_filters_by_state_and_text_and_sorts(user: Any) -> None:
    made(user, "alpha", "running", last_reward=0.1)
    made(user, "beta", "failed", last_reward=0.9)
    made(user, "gamma", "queued")

    def found(**query: str) -> list[str]:
        return [run.name for run in listed(user, Filters.of(query), None)]

    assert found() == ["gamma", "beta", "alpha"]
    assert found(sort="oldest") == ["alpha", "beta", "gamma"]
    assert found(sort="reward") == ["beta", "alpha", "gamma"]
    assert found(state="active", sort="name") == ["alpha", "gamma"]
    assert found(state="failed") == ["beta"]
    assert found(q="ALPH") == ["alpha"]
    assert found(q="language reference", sort="name") == ["alpha", "beta", "gamma"]
    assert found(state="nonsense", sort="nonsense") == ["gamma", "beta", "alpha"]


def test_list_is_paged_and_the_pager_keeps_the_filters(client_signed_in: Client, user: Any) -> None:
    for number in range(26):
        made(user, f"run {number}", "queued")
    page = client_signed_in.get(reverse("runs"), {"q": "run"}).content.decode()
    assert "1 to 25 of 26" in page
    assert "?page=2&amp;q=run" in page


def test_filtered_out_and_none_yet_are_two_messages(client_signed_in: Client, user: Any) -> None:
    assert "No runs yet" in client_signed_in.get(reverse("runs")).content.decode()
    made(user, "alpha", "running")
    assert "No run matches" in client_signed_in.get(reverse("runs"), {"q": "zzz"}).content.decode()


def test_other_peoples_runs_are_not_listed(client_signed_in: Client, other_user: Any) -> None:
    made(other_user, "secret", "running")
    assert "secret" not in client_signed_in.get(reverse("runs")).content.decode()
    assert "secret" not in client_signed_in.get(reverse("home")).content.decode()

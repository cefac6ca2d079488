"""A quota: most jobs queued or at work at once, held wherever one is launched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from tests.webapp.made_run import MadeRun, make_bare_run
from training.contract.errors import ForesightError
from training.contract.settings.text import PositionsConfig
from webapp.accounts.models import Quota
from webapp.accounts.tokens import make_token
from webapp.corpora.services.scan import start_scan
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.jobs.services.create import create_job
from webapp.runs.models import Run
from webapp.runs.services.launch import launch_run

SAID = "Your limit of jobs at once, queued or running, is reached: 1 of 1."
REMEDY = "Wait until one ends, cancel one on the page of the queue, or ask an administrator for more."


@pytest.fixture(autouse=True)
def one_at_once(user: Any, home: Path) -> None:
    Quota.objects.create(user=user, jobs=1)


def test_launch_beyond_the_quota_is_refused_with_a_remedy(user: Any, other_user: Any) -> None:
    running, theirs = (make_bare_run(one, MadeRun("first", "running")) for one in (user, other_user))
    with pytest.raises(ForesightError) as refused:
        launch_run(running.experiment)
    assert (refused.value.message, refused.value.remedy) == (SAID, REMEDY)
    launch_run(theirs.experiment)  # who has none may have any number
    Job.objects.filter(pk=running.job_id).update(state="succeeded")
    launch_run(running.experiment)
    assert Run.objects.owned_by(user).filter(job__state="queued").count() == 1


def test_every_kind_of_job_counts_but_a_session_of_try_it(user: Any, home: Path) -> None:
    create_job("try", user, "tries/{job}", [])
    start_scan(made_corpus(home, user), "smollm2-135m-instruct", PositionsConfig())
    with pytest.raises(ForesightError, match="reached: 1 of 1"):
        create_job("evaluate", user, "evaluations/{job}", [])
    create_job("try", user, "tries/{job}", [])


def test_quota_of_none_lets_nothing_start(user: Any) -> None:
    Quota.objects.update(jobs=0)
    with pytest.raises(ForesightError, match="reached: 0 of 0"):
        create_job("run", user, "runs/{job}", [])
    assert not Job.objects.exists()


def test_form_comes_back_with_what_was_typed_and_leaves_no_experiment(
    user: Any, client_signed_in: Client, home: Path
) -> None:
    make_bare_run(user, MadeRun("first", "running"))
    corpus = made_corpus(home, user)
    experiments = Experiment.objects.count()
    answer = client_signed_in.post(reverse("experiment-launch"), posted(corpus, name="my second"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert [text in page for text in (SAID, REMEDY, 'value="my second"')] == [True] * 3
    assert (Experiment.objects.count(), Job.objects.count()) == (experiments, 1)


def test_demo_and_resume_are_refused_in_words(user: Any, client_signed_in: Client) -> None:
    make_bare_run(user, MadeRun("first", "running"))
    ended = make_bare_run(user, MadeRun("ended", "failed"))
    experiments = Experiment.objects.count()
    for address in (reverse("run-demo"), reverse("run-resume", args=[ended.pk])):
        assert SAID in client_signed_in.post(address, follow=True).content.decode(), address
    assert Job.objects.get(pk=ended.job_id).state == "failed"
    assert Experiment.objects.count() == experiments


def test_api_answers_422_with_the_remedy(user: Any) -> None:
    run = make_bare_run(user, MadeRun("first", "queued"))
    program = {"Authorization": f"Bearer {make_token(user, 'script')[1]}"}
    answer = Client().post(
        "/api/runs", {"experiment": run.experiment_id}, content_type="application/json", headers=program
    )
    found = answer.json()
    assert (answer.status_code, found["error"], found["remedy"]) == (422, SAID, REMEDY)

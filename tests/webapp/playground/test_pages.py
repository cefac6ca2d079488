"""The page Try it without a process: whom one can ask, positions to pick, what is wrong with what was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.playground.made import TEXT, make_asked_run
from training.contract.experiment import load_experiment
from training.contract.playground import next_question
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.playground.models import Question, Session
from webapp.runs.models import Run


@pytest.fixture
def run(home: Path, user: Any) -> Run:
    return make_asked_run(user)


def typed(run: Run, **changes: Any) -> dict[str, Any]:
    fields = {"of": f"run:{run.pk}/step:20", "context": "The name", "truth": " of", "samples": "2"}
    return {**fields, "temperature": "0.7", "max_tokens": "16", "seed": "", **changes}


def test_ask_queues_one_short_job_with_the_run_settings(client_signed_in: Client, run: Run) -> None:
    answer = client_signed_in.post("/try/ask/", typed(run))
    question = Question.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"/try/?of=run%3A{run.pk}%2Fstep%3A20&question={question.pk}#answer"
    job = question.session.job
    assert (job.kind, job.max_restarts) == ("try", 0)
    assert job.arguments[:3] == [
        "try", "--model", str(run.folder_path / "checkpoints/step_000020/model")
    ]  # fmt: skip
    folder = job_folder(job)
    assert load_experiment(folder / "experiment.yaml") == run.typed
    handed = next_question(folder)
    assert handed is not None
    assert (handed.text, handed.at, handed.samples, handed.temperature) == ("The name of", 8, 2, 0.7)


def test_line_ends_of_a_browser_are_those_of_the_text(client_signed_in: Client, run: Run) -> None:
    client_signed_in.post("/try/ask/", typed(run, context="one\r\n\r\ntwo", truth="\r\nthree"))
    assert Question.objects.get().text == "one\n\ntwo\nthree"


def test_picked_position_is_asked_in_its_whole_document(client_signed_in: Client, run: Run) -> None:
    places = client_signed_in.get(f"/try/places/?of=run:{run.pk}/step:20&what=held_out").content.decode()
    assert places.count('class="plain place"') == 3
    assert "2.00 nats" in places
    page = client_signed_in.get(f"/try/?of=run:{run.pk}/step:20&document=0&at=8").content.decode()
    assert "The name<span" in page and " of the value is" in page
    client_signed_in.post("/try/ask/", typed(run, document="0", at="8", context="", truth=""))
    question = Question.objects.get()
    assert (question.document, question.at, question.text, question.tail) == (0, 8, "", "The name")
    handed = next_question(job_folder(question.session.job))
    assert handed is not None and handed.text == TEXT


def test_second_question_goes_to_the_session_that_is_there(client_signed_in: Client, run: Run) -> None:
    client_signed_in.post("/try/ask/", typed(run))
    client_signed_in.post("/try/ask/", typed(run))
    assert Session.objects.count() == 1
    assert list(Question.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"context": "", "truth": ""}, "There is no context"),
        ({"samples": "0"}, "greater than or equal to 1"),
        ({"samples": "17"}, "less than or equal to 16"),
        ({"samples": "two"}, "is not a whole number"),
        ({"samples": "٣"}, "is not a whole number"),
        ({"temperature": "nan"}, "is not a number"),
        ({"temperature": "-1"}, "greater than or equal to 0"),
        ({"max_tokens": "99999"}, "less than or equal to 8192"),
        ({"seed": "2147483648"}, "less than 2147483648"),
        ({"document": "7", "at": "8"}, "The corpus has no document 7"),
        ({"document": "0", "at": "99999"}, "no place between two characters"),
        ({"context": "x" * 2_000_001}, "at most 2000000 characters"),
    ],
)  # fmt: skip
def test_mistake_is_named_and_what_was_typed_stays(
    client_signed_in: Client, run: Run, changes: dict[str, str], says: str
) -> None:
    answer = client_signed_in.post("/try/ask/", typed(run, **changes))
    assert answer.status_code == 422
    assert says in answer.content.decode().replace("&#x27;", "'")
    assert not Job.objects.filter(kind="try").exists()


@pytest.mark.parametrize(
    "of", ["run:999/step:20", "run:{run}/step:15", "run:999/base", "model:nowhere", "model:../x", "rubbish"]
)
def test_model_that_is_not_there_is_404(client_signed_in: Client, run: Run, of: str) -> None:
    assert client_signed_in.get("/try/", {"of": of.format(run=run.pk)}).status_code == 404
    assert client_signed_in.post("/try/ask/", typed(run, of=of.format(run=run.pk))).status_code == 404


def test_another_users_run_and_question_do_not_exist(
    client: Client, other_user: Any, run: Run, user: Any
) -> None:
    mine = Client()
    mine.force_login(user)
    mine.post("/try/ask/", typed(run))
    number = Question.objects.get().pk
    client.force_login(other_user)
    assert client.get(f"/try/?of=run:{run.pk}/step:20").status_code == 404
    assert client.get(f"/try/?question={number}").status_code == 404
    assert client.get(f"/try/{number}/").status_code == 404
    assert client.post(f"/try/{number}/stop/").status_code == 404


def test_checkpoints_and_the_weights_before_training_are_offered(client_signed_in: Client, run: Run) -> None:
    page = client_signed_in.get(f"/try/?of=run:{run.pk}/step:20").content.decode()
    assert f'value="run:{run.pk}/step:20" selected>Step 20<' in page
    assert f'value="run:{run.pk}/step:10" >Step 10<' in page
    assert f'value="run:{run.pk}/base" >Before training: tiny<' in page
    assert 'value="model:tiny"' in page


def test_model_without_a_run_is_asked_with_the_chosen_template(client_signed_in: Client, run: Run) -> None:
    client_signed_in.post("/try/ask/", typed(run, of="model:tiny", template="v3"))
    config = load_experiment(job_folder(Question.objects.get().session.job) / "experiment.yaml")
    assert (config.model.name, config.rpt.prompt) == ("tiny", "v3")

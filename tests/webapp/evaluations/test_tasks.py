"""Evaluations on problems and questions: rows, tables, answers, forms, jobs, and who may see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.evaluations.made_tasks import (
    made_answers,
    made_tasks_event,
    made_tasks_result,
    make_rlvr_run,
    write_answers_of,
)
from tests.webapp.evaluations.test_evaluations import data_of
from tests.webapp.made_run import make_checkpoint
from training.contract.events import Envelope, Progress
from webapp.corpora.models import Corpus
from webapp.corpora.services.arithmetic import ensure_arithmetic
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.services.start_tasks import evaluate_held_out
from webapp.evaluations.task_projection import project, project_run, snapshot
from webapp.evaluations.task_sets import run_rows, task_sets
from webapp.jobs.models import Job
from webapp.jobs.registry import project_of
from webapp.runs.models import MetricPoint, Run

RIGHT = (0, 1, 2, 4)


@pytest.fixture
def run(home: Any, user: Any) -> Run:
    return make_rlvr_run(user, "from the base")


@pytest.fixture
def arithmetic(home: Any, user: Any) -> Corpus:
    return Corpus.objects.create(
        owner=user, name="arithmetic", dataset="arithmetic", state=Corpus.State.READY
    )


def tell(run: Run, step: int, right: tuple[int, ...] = RIGHT, attempt: int = 1, **more: Any) -> None:
    project_run(run.job, attempt, [made_tasks_event(step, made_tasks_result(made_answers(right), **more))])


def posted(chosen: Corpus, **changes: Any) -> dict[str, Any]:
    return {
        "model": "smollm2-135m-instruct", "corpus": chosen.pk, "samples": 8, "temperature": 0.6, "top_p": 0.95,
        "max_tokens": 64, "k": "8, 1", "instruction": "short", "think": "on", "problem_field": "problem",
        "answer_field": "answer", **changes,
    }  # fmt: skip


def test_event_of_a_run_becomes_a_task_evaluation(run: Run) -> None:
    project_of("run")(run.job, 1, [made_tasks_event(5, made_tasks_result(made_answers(RIGHT)))])
    (found,) = TaskEvaluation.objects.of_a_run(run)
    assert (found.step, found.attempt, found.job, found.what, found.source) == (
        5,
        1,
        None,
        "answers",
        "arithmetic",
    )
    (score,) = found.typed.scores
    assert (score.correct, score.asked, score.accuracy) == (7, 16, 7 / 16)


def test_later_attempt_replaces_what_came_after_its_checkpoint(run: Run) -> None:
    for attempt, step, right in ((1, 0, 0), (1, 4, 1), (1, 8, 2), (2, 8, 4)):
        tell(run, step, (right,), attempt)
    found = [(row.evaluation.step, score.correct) for row in run_rows(run) for score in row.cells if score]
    assert found == [(0, 0), (4, 1), (8, 4)]


def test_run_tab_shows_pass_at_1_with_counts_and_pass_at_k(run: Run, client_signed_in: Client) -> None:
    tell(run, 0)
    tell(run, 10, (1, 2, 3, 4))
    page = client_signed_in.get(reverse("run-evaluation", args=[run.pk])).content.decode()
    assert "Held-out problems" in page and "43.8 %" in page and "7 of 16" in page
    assert re.search(r"@4 <b>75.0 %</b>", page)
    (curve,) = data_of(page, "evaluation-data")["curves"]
    assert (curve["label"], curve["step"], curve["accuracy"]) == ("Solved", [0, 10], [7 / 16, 10 / 16])
    assert "Four evaluations after step 0 are the least" in page


def test_scaling_of_a_run_on_tasks_is_fitted(run: Run, client_signed_in: Client) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(run=run, key="compute/flops", attempt=1, step=step, value=1e12, time=run.created)
        for step in range(1, 6)
    )
    for step, right in enumerate(((0, 1), (1, 1), (2, 2), (3, 2), (3, 3), (4, 3))):
        tell(run, step, right)
    page = client_signed_in.get(reverse("run-evaluation", args=[run.pk])).content.decode()
    (curve,) = data_of(page, "evaluation-data")["scaling"]["curves"]
    assert (curve["name"], curve["x"][0], len(curve["law"]["x"])) == ("Solved", 1e12, 60)


def test_open_tab_is_left_alone_while_nothing_is_new(run: Run, client_signed_in: Client) -> None:
    url, ask = reverse("run-evaluation", args=[run.pk]), {"HTTP_HX_REQUEST": "true"}
    tell(run, 0)
    found = re.search(r"\?seen=([\d.]+)&", client_signed_in.get(url).content.decode())
    assert found
    assert client_signed_in.get(url, {"seen": found.group(1)}, **ask).status_code == 204
    tell(run, 10)
    assert client_signed_in.get(url, {"seen": found.group(1)}, **ask).status_code == 200


def test_only_one_set_stands_in_a_table(run: Run, user: Any, client_signed_in: Client) -> None:
    other = make_rlvr_run(user, "second")
    tell(run, 0)
    tell(run, 10, (4, 4, 4, 4))
    project_run(other.job, 1, [made_tasks_event(0, made_tasks_result(made_answers((1,), name="else")))])
    sets = task_sets(user)
    assert sorted(len(one.rows) for one in sets) == [1, 2]
    assert all(one.alike for one in sets)
    tell(other, 5, prompt="boxed")
    assert [one.alike for one in task_sets(user) if len(one.rows) == 3] == [False]
    page = client_signed_in.get(reverse("task-evaluations")).content.decode()
    assert "from the base, step 10" in page and "The rows were not all asked" in page


def test_answers_stand_task_by_task_as_text(run: Run, client_signed_in: Client) -> None:
    name = write_answers_of(run, 5, made_answers(RIGHT))
    tell(run, 5, answers_file=name)
    evaluation = TaskEvaluation.objects.get()
    url = reverse("task-answers", args=[evaluation.pk])
    page = client_signed_in.get(url).content.decode()
    assert page.count('<span class="asked">') == 4
    assert "&lt;b&gt;no&lt;/b&gt;" in page and "<b>no</b>" not in page
    for show, asked in (
        ("never", ["task 0?"]),
        ("sometimes", ["task 1?", "task 2?"]),
        ("always", ["task 3?"]),
    ):
        part = client_signed_in.get(url, {"show": show}).content.decode()
        assert re.findall(r'class="asked">(.*?)</span>', part) == asked


def test_filter_that_finds_nothing_and_a_lost_file_are_different_messages(
    run: Run, client_signed_in: Client
) -> None:
    name = write_answers_of(run, 5, made_answers((4, 4)))
    tell(run, 5, (4, 4), answers_file=name)
    url = reverse("task-answers", args=[TaskEvaluation.objects.get().pk])
    assert b"No task is like that" in client_signed_in.get(url, {"show": "never"}).content
    (run.folder_path / "evaluations" / name).unlink()
    assert b"The answers are not on this machine" in client_signed_in.get(url).content


def test_another_model_on_the_same_set_is_laid_beside_it(
    run: Run, user: Any, client_signed_in: Client
) -> None:
    other = make_rlvr_run(user, "second")
    for one, right in ((run, (0, 4)), (other, (3, 1))):
        tell(one, 5, right, answers_file=write_answers_of(one, 5, made_answers(right)))
    first, second = (TaskEvaluation.objects.get(run=one) for one in (run, other))
    url = reverse("task-answers", args=[first.pk])
    page = client_signed_in.get(url, {"with": second.pk}).content.decode()
    counts = re.findall(r"<b>(\d)</b> <span class=\"meta\">of 4</span>", page)
    assert counts == ["0", "3", "4", "1"]
    assert "second, step 5" in client_signed_in.get(url).content.decode()


def test_problems_of_a_corpus_are_asked_by_a_job(arithmetic: Corpus, client_signed_in: Client) -> None:
    answer = client_signed_in.post(reverse("task-start", args=["answers"]), posted(arithmetic))
    assert answer.status_code == 302
    evaluation = TaskEvaluation.objects.get()
    job = evaluation.job
    assert (job.kind, job.state, evaluation.source, evaluation.what) == (
        "answers", "queued", "arithmetic", "answers",
    )  # fmt: skip
    assert job.arguments == [
        "evaluate-answers", "--model", "smollm2-135m-instruct", "--name", "smollm2-135m-instruct",
        "--problems", "arithmetic", "--samples", "8", "--temperature", "0.6", "--top-p", "0.95",
        "--max-tokens", "64", "--instruction", "short", "--problem-field=problem", "--answer-field=answer",
        "--k", "1,8", "--step", "0", "--out", "{folder}/result.json", "--events", "{spool}",
    ]  # fmt: skip


def test_questions_are_asked_of_a_checkpoint(run: Run, arithmetic: Corpus, client_signed_in: Client) -> None:
    checkpoint = make_checkpoint(run, 10)
    fields = {"question_field": "question", "choices_field": "choices", "mode": "both", "think": ""}
    given = posted(arithmetic, model="", checkpoint=checkpoint.reference, **fields)
    assert client_signed_in.post(reverse("task-start", args=["choices"]), given).status_code == 302
    evaluation = TaskEvaluation.objects.get()
    said = evaluation.job.arguments
    assert (said[0], said[2]) == ("evaluate-choices", str(run.folder_path / "checkpoints/step_000010/model"))
    assert said[said.index("--mode") + 1] == "both"
    assert "--no-think" in said
    assert (evaluation.run, evaluation.step, evaluation.label) == (run, 10, "from the base, step 10")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ""}, "Name a model, or choose a checkpoint."),
        ({"model": "nowhere"}, "There is no model &#x27;nowhere&#x27;"),
        ({"checkpoint": "run:9/step:9"}, "The checkpoint to start from is not there"),
        ({"k": "1, 16"}, "Give whole numbers from 1 to 8"),
        ({"temperature": 0}, "8 responses at temperature 0 are all the same."),
        ({"corpus": ""}, "Choose a set."),
    ],
)
def test_wrong_form_comes_back_with_what_was_typed(
    arithmetic: Corpus, client_signed_in: Client, changes: dict[str, Any], message: str
) -> None:
    answer = client_signed_in.post(reverse("task-start", args=["answers"]), posted(arithmetic, **changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in page
    assert 'name="max_tokens" maxlength="120" autocomplete="off" value="64"' in page
    assert TaskEvaluation.objects.count() == 0


def test_checkpoint_of_an_rlvr_run_is_asked_what_the_run_holds_out(
    run: Run, client_signed_in: Client
) -> None:
    make_checkpoint(run, 10)
    page = client_signed_in.get(reverse("run-checkpoints", args=[run.pk])).content.decode()
    assert reverse("checkpoint-evaluate", args=[run.pk, 10]) in page
    client_signed_in.post(reverse("checkpoint-evaluate", args=[run.pk, 10]))
    evaluation = TaskEvaluation.objects.get()
    said = evaluation.job.arguments
    assert said[said.index("--config") + 1] == str(run.folder_path / "experiment.yaml")
    assert "--problems" not in said


def test_job_fills_its_row_and_says_how_far_it_is(run: Run) -> None:
    evaluation = evaluate_held_out(make_checkpoint(run, 10))
    progress = Progress(stage="evaluate", done=3, total=8, unit="problems")
    project(evaluation.job, 1, [Envelope(seq=1, time=1.0, event=progress)])
    assert snapshot(evaluation.job) == {
        "evaluation": evaluation.pk, "done": 3, "total": 8, "unit": "problems", "finished": False,
    }  # fmt: skip
    project(evaluation.job, 1, [made_tasks_event(10, made_tasks_result(made_answers(RIGHT)), seq=2)])
    evaluation.refresh_from_db()
    assert (evaluation.typed.scores[0].n, evaluation.label) == (4, "from the base, step 10")


def test_job_at_work_is_shown_and_can_be_cancelled(run: Run, client_signed_in: Client) -> None:
    evaluation = evaluate_held_out(make_checkpoint(run, 10))
    url, ask = reverse("task-evaluations"), {"HTTP_HX_REQUEST": "true"}
    first = f'Waits for <a href="{reverse("run", args=[run.pk])}">run {run.name}</a>'
    assert first in client_signed_in.get(url).content.decode()
    assert "HX-Refresh" not in client_signed_in.get(url, {"seen": "0"}, **ask).headers
    project(evaluation.job, 1, [made_tasks_event(10, made_tasks_result(made_answers(RIGHT)))])
    assert client_signed_in.get(url, {"seen": "0"}, **ask).headers["HX-Refresh"] == "true"
    client_signed_in.post(reverse("task-cancel", args=[evaluation.pk]))
    assert Job.objects.get(pk=evaluation.job_id).state == "cancelled"


def test_arithmetic_is_a_corpus_of_the_user_once(home: Any, user: Any) -> None:
    first, again = ensure_arithmetic(user), ensure_arithmetic(user)
    assert first == again
    assert (first.state, first.report["documents"], first.source_data["corpus"]) == (
        "ready",
        2000,
        "arithmetic",
    )


def test_task_evaluations_of_somebody_else_are_not_there(
    run: Run, other_user: Any, arithmetic: Corpus
) -> None:
    tell(run, 5, answers_file=write_answers_of(run, 5, made_answers(RIGHT)))
    evaluation = evaluate_held_out(make_checkpoint(run, 10))
    client = Client()
    client.force_login(other_user)
    own = TaskEvaluation.objects.get(job=None)
    assert client.get(reverse("task-answers", args=[own.pk])).status_code == 404
    assert client.post(reverse("task-cancel", args=[evaluation.pk])).status_code == 404
    page = client.get(reverse("task-evaluations")).content
    assert b"from the base" not in page
    assert client.post(reverse("task-start", args=["answers"]), posted(arithmetic)).status_code == 422

"""Evaluations on tasks over the API: each operation with exact values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.evaluations.made_tasks import (
    made_answers,
    made_tasks_event,
    made_tasks_result,
    make_rlvr_run,
    write_answers_of,
)
from tests.webapp.made_run import make_bare_run, make_checkpoint
from webapp.corpora.models import Corpus
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.task_projection import project_run
from webapp.jobs.models import Job
from webapp.runs.models import Run

RIGHT = (0, 1, 3, 4)
MODEL = "smollm2-135m-instruct"


def tell(run: Run, step: int, right: tuple[int, ...] = RIGHT) -> TaskEvaluation:
    answered = made_answers(right)
    result = made_tasks_result(answered, answers_file=write_answers_of(run, step, answered))
    project_run(run.job, 1, [made_tasks_event(step, result)])
    found: TaskEvaluation = TaskEvaluation.objects.get(run=run, step=step, job=None)
    return found


@pytest.fixture
def run(program: Program, user: Any) -> Run:
    return make_rlvr_run(user, "from the base")


def test_finished_evaluation_says_what_was_found_and_how_it_was_asked(program: Program, run: Run) -> None:
    made = tell(run, 5)
    found = program.get(f"/task-evaluations/{made.pk}").json()
    assert (found["label"], found["what"], found["source"]) == (
        "from the base, step 5",
        "answers",
        "arithmetic",
    )
    assert (found["run"], found["step"], found["attempt"], found["job"]) == (run.pk, 5, 1, None)
    result = found["result"]
    assert (result["rule"], result["temperature"], result["max_response_tokens"]) == ("math-verify", 0.6, 40)
    (score,) = result["scores"]
    assert (score["kind"], score["n"], score["samples"], score["correct"]) == ("problem", 4, 4, 8)
    assert score["accuracy"] == 0.5
    assert "answers_file" not in result


def test_evaluations_stand_set_by_set(program: Program, run: Run, user: Any) -> None:
    for step in (0, 5, 10):
        tell(run, step)
    tell(make_rlvr_run(user, "other"), 0, (1, 1))
    found = program.get("/task-evaluations").json()
    assert found["pending"] == []
    newest = next(one for one in found["sets"] if one["count"] == 4)
    assert [one["step"] for one in newest["evaluations"]] == [0, 10]
    assert (newest["what"], newest["source"], newest["alike"]) == ("answers", "arithmetic", True)
    assert [one["count"] for one in found["sets"]] == [4, 2]


def test_run_has_all_that_it_measured_on_its_way(program: Program, run: Run) -> None:
    for step in (0, 5, 10):
        tell(run, step)
    found = program.get(f"/runs/{run.pk}/task-evaluations").json()
    assert [one["step"] for one in found["evaluations"]] == [0, 5, 10]
    assert found["scaling"] == []  # the made run has no compute


def test_answers_come_task_by_task_with_another_model_beside(program: Program, run: Run, user: Any) -> None:
    first, second = tell(run, 5), tell(make_rlvr_run(user, "second"), 5, (3, 2, 1, 0))
    address = f"/task-evaluations/{first.pk}/answers"
    found = program.get(address).json()
    assert (found["page"], found["pages"], found["total"]) == (1, 1, 4)
    assert [one["right"] for one in found["items"]] == [0, 1, 3, 4]
    task = program.get(address, show="sometimes", **{"with": second.pk}).json()["items"][0]
    assert (task["identity"], task["asked"], task["truth"]) == ("task 1", "task 1?", "42")
    assert task["beside"] == [{"evaluation": second.pk, "right": 2, "samples": 4}]
    assert task["responses"][0] == {
        "prediction": "42", "reason": "match", "right": True, "length": 9, "truncated": False,
        "response": "20 + 22 = 42</think>\\boxed{42}",
    }  # fmt: skip
    assert [one["right"] for one in task["responses"]] == [True, False, False, False]
    assert program.get(address, page=2).json()["items"] == []
    assert program.get(address, show="often").json()["field"] == "show"


def test_answers_that_are_gone_are_said_to_be(program: Program, run: Run) -> None:
    made = tell(run, 5)
    assert made.answers_path
    made.answers_path.unlink()
    answer = program.get(f"/task-evaluations/{made.pk}/answers")
    assert (answer.status_code, answer.json()["error"]) == (
        410,
        "The answers are not on this machine any more, or there are none yet.",
    )


def test_arithmetic_is_asked_where_no_corpus_is_named(program: Program, run: Run) -> None:
    answer = program.post("/task-evaluations", {"what": "answers", "model": MODEL, "samples": 4})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["model"], made["source"], made["run"], made["tasks"]) == (MODEL, "arithmetic", None, "")
    assert (made["job"]["state"], made["result"]) == ("queued", None)
    assert Job.objects.get(kind="answers").arguments == [
        "evaluate-answers", "--model", MODEL, "--name", MODEL,
        "--problems", "arithmetic", "--samples", "4", "--temperature", "0.6", "--top-p", "0.95",
        "--max-tokens", "2048", "--instruction", "boxed", "--problem-field=problem", "--answer-field=answer",
        "--k", "1,4", "--step", "0", "--out", "{folder}/result.json", "--events", "{spool}",
    ]  # fmt: skip
    assert [one["id"] for one in program.get("/task-evaluations").json()["pending"]] == [made["id"]]
    assert program.post(f"/task-evaluations/{made['id']}/cancel").json()["changed"] is True
    assert program.get(f"/task-evaluations/{made['id']}").json()["job"]["state"] == "cancelled"
    assert program.post(f"/task-evaluations/{made['id']}/cancel").json() == {
        "changed": False,
        "message": "The evaluation had ended already.",
    }


def test_questions_are_asked_of_a_checkpoint(program: Program, run: Run) -> None:
    checkpoint = make_checkpoint(run, 10)
    program.post("/task-evaluations", {"what": "answers", "model": MODEL})
    corpus = Corpus.objects.get(name="arithmetic")
    given = {"what": "choices", "checkpoint": checkpoint.reference, "corpus": corpus.pk, "mode": "both"}
    made = program.post("/task-evaluations", {**given, "think": False, "k": []}).json()
    assert (made["run"], made["step"], made["what"]) == (run.pk, 10, "choices")
    said = Job.objects.get(kind="choices").arguments
    assert said[said.index("--mode") + 1] == "both"
    assert "--no-think" in said and "--k" not in said and "--choices-field=choices" in said


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": ""}, "model"),
        ({"model": "nowhere"}, "model"),
        ({"model": "", "checkpoint": "run:9/step:9"}, "checkpoint"),
        ({"k": [1, 16]}, "k"),
        ({"temperature": 0}, "temperature"),
        ({"samples": 0}, "samples"),
        ({"what": "choices"}, "corpus"),
        ({"what": "segments"}, "what"),
        ({"mode": "loud"}, "mode"),
    ],
)
def test_mistake_names_its_field(program: Program, changes: dict[str, Any], field: str) -> None:
    answer = program.post("/task-evaluations", {"what": "answers", "model": MODEL, **changes})
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert not TaskEvaluation.objects.exists()


def test_corpus_without_rows_is_refused(program: Program, user: Any, home: Path) -> None:
    corpus = made_corpus(home, user, name="letters")
    answer = program.post("/task-evaluations", {"what": "answers", "model": MODEL, "corpus": corpus.pk})
    assert (answer.status_code, answer.json()["field"]) == (422, "corpus")


def test_checkpoint_is_asked_what_its_run_holds_out(program: Program, run: Run, user: Any) -> None:
    make_checkpoint(run, 10)
    answer = program.post(f"/runs/{run.pk}/checkpoints/10/evaluate-problems")
    assert (answer.status_code, answer.json()["step"], answer.json()["run"]) == (201, 10, run.pk)
    other = make_bare_run(user)
    make_checkpoint(other, 10)
    refused = program.post(f"/runs/{other.pk}/checkpoints/10/evaluate-problems")
    assert (refused.status_code, refused.json()["field"]) == (422, "data.held_out_documents")

"""Evaluations on tasks, by the client against the real site."""

from __future__ import annotations

from typing import Any

import pytest

from foresight import ApiError, Client
from tests.webapp.evaluations.made_tasks import (
    made_answers,
    made_tasks_event,
    made_tasks_result,
    make_rlvr_run,
    write_answers_of,
)
from tests.webapp.made_run import make_checkpoint
from webapp.evaluations.task_projection import project_run


def test_evaluations_on_tasks_from_their_start_to_their_answers(client_of_site: Client, user: Any) -> None:
    run = make_rlvr_run(user, "from the base")
    answered = made_answers((0, 1) * 15)
    file = write_answers_of(run, 5, answered)
    project_run(run.job, 1, [made_tasks_event(5, made_tasks_result(answered, answers_file=file))])
    evaluations = client_of_site.task_evaluations
    ((made,),) = (one.evaluations for one in evaluations.list().sets)
    assert (made.step, made.result and made.result["scores"][0]["correct"]) == (5, 15)
    assert [one["id"] for one in evaluations.of_run(run.pk)["evaluations"]] == [made.id]
    rows = list(evaluations.answers(made.id))
    assert ([one.row for one in rows], rows[1].right) == (list(range(30)), 1)  # two pages
    never = list(evaluations.answers(made.id, show="never", beside=[made.id + 99]))
    assert ([one.row for one in never], never[0].beside) == (list(range(0, 30, 2)), ())
    make_checkpoint(run, 10)
    held_out = evaluations.held_out(run.pk, 10)
    of_model = evaluations.start("answers", model="smollm2-135m-instruct", samples=4, k=[4])
    assert (held_out.step, of_model.run, of_model.source) == (10, None, "arithmetic")
    assert evaluations.cancel(of_model.id).changed
    job = evaluations.show(of_model.id).job
    assert job is not None and job.state == "cancelled"
    with pytest.raises(ApiError) as refused:
        evaluations.start("choices", model="smollm2-135m-instruct", corpus=of_model.id + 99)
    assert refused.value.status == 404

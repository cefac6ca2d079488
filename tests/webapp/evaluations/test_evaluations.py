"""Evaluations of runs, checkpoints and models: rows, tables, jobs, and who may see them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
from training.contract.events import Envelope, Progress
from webapp.evaluations.models import Evaluation, Score
from webapp.evaluations.projection import project, project_run, snapshot
from webapp.evaluations.scaling import Law, accuracies, run_spent, scaling
from webapp.evaluations.services.start import evaluate_checkpoint, evaluate_model
from webapp.evaluations.sets import evaluation_sets
from webapp.evaluations.shown import curves, pattern_rows, run_rows
from webapp.jobs.models import Job
from webapp.jobs.registry import project_of
from webapp.runs.models import MetricPoint, Run


@pytest.fixture
def run(home: Any, user: Any) -> Run:
    run = make_bare_run(user, MadeRun("held out"))
    run.config["data"]["held_out_documents"] = 4
    run.config["evaluation"]["every"] = 2
    run.save()
    return run


def data_of(page: str, name: str) -> Any:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_run_event_becomes_an_evaluation_with_six_scores(run: Run) -> None:
    project_run(run.job, 1, [made_event(0, made_result(20))])
    (evaluation,) = Evaluation.objects.of_a_run(run)
    assert (evaluation.step, evaluation.attempt, evaluation.job) == (0, 1, None)
    assert (evaluation.owner, evaluation.positions, evaluation.seconds) == (run.owner, "a" * 16, 12.5)
    found = {(score.mode, score.split): (score.correct, score.n) for score in evaluation.scores.all()}
    assert found == {
        ("standard", "easy"): (60, 200),
        ("standard", "medium"): (30, 120),
        ("standard", "hard"): (15, 50),
        ("reasoning", "easy"): (20, 200),
        ("reasoning", "medium"): (10, 120),
        ("reasoning", "hard"): (5, 50),
    }


def test_same_event_twice_leaves_one_evaluation(run: Run) -> None:
    for right in (20, 30):
        project_run(run.job, 1, [made_event(2, made_result(right))])
    assert Evaluation.objects.count() == 1
    assert Score.objects.get(mode="reasoning", split="easy").correct == 30


def test_events_of_a_run_reach_its_own_rows_and_its_evaluations(run: Run) -> None:
    event = Progress(stage="train", done=2, total=5, unit="steps")
    project_of("run")(
        run.job, 1, [Envelope(seq=1, time=1.0, event=event), made_event(2, made_result(20), seq=2)]
    )
    run.refresh_from_db()
    assert (run.stage_done, Evaluation.objects.count()) == (2, 1)


def test_later_attempt_replaces_what_came_after_its_checkpoint(run: Run) -> None:
    for attempt, step, right in ((1, 0, 10), (1, 2, 20), (1, 4, 30), (1, 6, 40), (2, 4, 50)):
        project_run(run.job, attempt, [made_event(step, made_result(right))])
    found = [(row.evaluation.step, row.score("reasoning", "easy")) for row in run_rows(run)]
    assert [(step, score.correct) for step, score in found if score] == [(0, 10), (2, 20), (4, 50)]


def test_curves_have_a_point_a_step_for_each_mode_and_split(run: Run) -> None:
    for step, right in ((0, 20), (2, 40)):
        project_run(run.job, 1, [made_event(step, made_result(right))])
    found = {(one["mode"], one["split"]): one for one in curves(run_rows(run))}
    assert len(found) == 6
    assert (found["reasoning", "easy"]["step"], found["reasoning", "easy"]["accuracy"]) == (
        [0, 2],
        [0.1, 0.2],
    )


def test_patterns_change_relative_to_step_0(run: Run) -> None:
    project_run(run.job, 1, [made_event(0, made_result(20, patterns={"hypothesis": 0.1}))])
    project_run(run.job, 1, [made_event(2, made_result(20, patterns={"hypothesis": 0.25, "deduction": 0.1}))])
    rows = run_rows(run)
    found = {row.name: (row.base, row.now, row.change) for row in pattern_rows(rows[0], rows[-1])}
    assert found["hypothesis"][:2] == (0.1, 0.25)
    assert found["hypothesis"][2] == pytest.approx(1.5)
    assert found["deduction"] == (0.0, 0.1, None)


def test_compute_is_summed_over_the_steps_and_step_0_has_no_place_in_the_law(run: Run) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(run=run, key="compute/flops", attempt=1, step=step, value=100.0 * step, time=run.created)
        for step in (1, 2, 3)
    )
    for step, right in ((0, 20), (2, 40), (3, 44)):
        project_run(run.job, 1, [made_event(step, made_result(right))])
    assert run_spent(run, "compute") == {0: 0.0, 1: 100.0, 2: 300.0, 3: 600.0}
    easy = scaling([(run, accuracies(run_rows(run)))])[0]
    assert (easy.points, easy.fit) == (((300.0, 0.2), (600.0, 0.22)), None)


def test_planted_law_of_a_run_is_found(run: Run) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(run=run, key="compute/flops", attempt=1, step=step, value=1e12, time=run.created)
        for step in range(1, 65)
    )
    for step in (1, 2, 4, 8, 16, 32, 64):  # 80 - 60 / C^0.5 right ones of 200
        project_run(run.job, 1, [made_event(step, made_result(round(80 - 60 * step**-0.5)))])
    law = scaling([(run, accuracies(run_rows(run)))])[0].fit
    assert law is not None
    assert law.r2 > 0.99
    found = [one.value for one in law.parameters]
    assert found == pytest.approx([-0.3, 0.5, 0.4], abs=0.03)  # counts are whole


def test_address_chooses_the_law_and_what_it_is_drawn_against(run: Run, client_signed_in: Client) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(run=run, key=key, attempt=1, step=step, value=value, time=run.created)
        for step in range(1, 6)
        for key, value in (("compute/flops", 1e12), ("compute/train_tokens", 2e9))
    )
    for step in range(1, 6):
        project_run(run.job, 1, [made_event(step, made_result(20 + 8 * step))])
    law = Law.of({"law": "exponential", "against": "tokens"})
    assert (law, Law.of({"law": "cubic"})) == (Law("exponential", "tokens"), Law("power", "compute"))
    found = scaling([(run, accuracies(run_rows(run)))], law)[0]
    assert found.points[0] == (2e9, 28 / 200)
    assert found.fit and [one.name for one in found.fit.parameters] == ["a", "b", "c"]
    page = client_signed_in.get(
        reverse("run-evaluation", args=[run.pk]), {"law": "exponential", "against": "tokens"}
    )
    data = data_of(page.content.decode(), "evaluation-data")["scaling"]
    assert (data["unit"], data["curves"][0]["x"]) == ("tokens", [2e9, 4e9, 6e9, 8e9, 10e9])
    assert "y = a exp(b x" in page.content.decode()


def test_run_tab_shows_accuracy_with_counts_and_intervals(run: Run, client_signed_in: Client) -> None:
    for step, right in ((0, 20), (2, 40)):
        project_run(run.job, 1, [made_event(step, made_result(right))])
    page = client_signed_in.get(reverse("run-evaluation", args=[run.pk])).content.decode()
    assert "20.0 %" in page and "40 of 200" in page and "15 % to 26 %" in page
    assert "reference-model" in page
    assert len(data_of(page, "evaluation-data")["curves"]) == 6
    assert "Four evaluations after step 0 are the least" in page


def test_open_tab_is_left_alone_while_nothing_is_new(run: Run, client_signed_in: Client) -> None:
    url = reverse("run-evaluation", args=[run.pk])
    project_run(run.job, 1, [made_event(0, made_result(20))])
    page = client_signed_in.get(url).content.decode()
    found = re.search(r"\?seen=([\d.]+)", page)
    assert found
    ask = {"HTTP_HX_REQUEST": "true"}
    assert client_signed_in.get(url, {"seen": found.group(1)}, **ask).status_code == 204
    project_run(run.job, 1, [made_event(2, made_result(30))])
    part = client_signed_in.get(url, {"seen": found.group(1)}, **ask)
    assert part.status_code == 200
    assert part.content.decode().lstrip().startswith('<div id="evaluation"')


def test_run_without_evaluations_says_whether_any_is_to_come(
    run: Run, user: Any, client_signed_in: Client
) -> None:
    off = make_bare_run(user, MadeRun("plain"))
    assert b"No evaluation yet" in client_signed_in.get(reverse("run-evaluation", args=[run.pk])).content
    assert (
        b"This run does not evaluate"
        in client_signed_in.get(reverse("run-evaluation", args=[off.pk])).content
    )


def test_accuracy_tile_stands_on_the_overview_of_runs_that_evaluate(
    run: Run, user: Any, client_signed_in: Client
) -> None:
    off = make_bare_run(user, MadeRun("plain"))
    assert b"Held-out accuracy, easy" in client_signed_in.get(reverse("run", args=[run.pk])).content
    page = client_signed_in.get(reverse("run", args=[off.pk])).content.decode()
    assert 'data-key="eval/reasoning/easy"' not in page


def test_checkpoint_is_evaluated_by_a_job_on_the_runs_positions(run: Run) -> None:
    evaluation = evaluate_checkpoint(make_checkpoint(run, 10))
    job = evaluation.job
    assert (job.kind, job.state, job.folder) == ("evaluate", "queued", f"evaluations/{job.pk}")
    said = dict(zip(job.arguments[1::2], job.arguments[2::2], strict=True))
    assert job.arguments[0] == "evaluate"
    assert said["--model"] == str(run.folder_path / "checkpoints/step_000010/model")
    assert said["--config"] == str(run.folder_path / "experiment.yaml")
    assert (said["--events"], said["--out"], said["--step"]) == ("{spool}", "{folder}/evaluation.json", "10")
    assert evaluation.label == "held out, step 10"


def test_job_fills_its_row_and_says_how_far_it_is(run: Run) -> None:
    evaluation = evaluate_model(run, "smollm2-135m-instruct")
    progress = Progress(stage="evaluate", done=64, total=400, unit="answers")
    project(evaluation.job, 1, [Envelope(seq=1, time=1.0, event=progress)])
    assert snapshot(evaluation.job) == {
        "evaluation": evaluation.pk, "done": 64, "total": 400, "unit": "answers", "finished": False,
    }  # fmt: skip
    project(evaluation.job, 1, [made_event(0, made_result(20), seq=2)])
    evaluation.refresh_from_db()
    assert (evaluation.parameters, evaluation.scores.count()) == (134_515_008, 6)
    assert (evaluation.model, evaluation.run) == ("smollm2-135m-instruct", None)


def test_run_that_holds_nothing_out_gives_no_positions(
    home: Any, user: Any, client_signed_in: Client
) -> None:
    off = make_bare_run(user, MadeRun("plain"))
    make_checkpoint(off, 10)
    answer = client_signed_in.post(reverse("checkpoint-evaluate", args=[off.pk, 10]), follow=True)
    assert "holds no documents out" in answer.content.decode()
    assert Job.objects.filter(kind="evaluate").count() == 0
    assert reverse("checkpoint-evaluate", args=[off.pk, 10]) not in answer.content.decode()


def test_checkpoint_list_offers_the_evaluation(run: Run, client_signed_in: Client) -> None:
    make_checkpoint(run, 10)
    page = client_signed_in.get(reverse("run-checkpoints", args=[run.pk])).content.decode()
    assert reverse("checkpoint-evaluate", args=[run.pk, 10]) in page
    client_signed_in.post(reverse("checkpoint-evaluate", args=[run.pk, 10]))
    assert Evaluation.objects.get().step == 10


def test_models_on_one_set_stand_in_one_table_and_sizes_are_drawn(run: Run, client_signed_in: Client) -> None:
    project_run(run.job, 1, [made_event(0, made_result(20)), made_event(2, made_result(30), 2)])
    project_run(run.job, 1, [made_event(4, made_result(40), 3)])
    large = evaluate_model(run, "smollm2-135m-instruct")
    project(large.job, 1, [made_event(0, made_result(80, parameters=360_000_000))])
    (only,) = evaluation_sets(run.owner)
    assert [row.evaluation.label for row in only.rows] == [
        "smollm2-135m-instruct",
        "held out, step 0",
        "held out, step 4",
    ]
    assert (only.positions, only.alike, only.has_sizes) == (200, True, True)
    assert only.sizes[1] == {
        "label": "smollm2-135m-instruct",
        "mode": "reasoning",
        "parameters": 360_000_000,
        "mean": pytest.approx((0.4 + 40 / 120 + 0.4) / 3),
    }
    page = client_signed_in.get(reverse("evaluations")).content.decode()
    assert "360 M" in page and "134.5 M" in page
    assert len(data_of(page, "sets-data")[0]["sizes"]) == 6


def test_law_over_several_runs_takes_the_steps_of_all(run: Run, user: Any, client_signed_in: Client) -> None:
    other = make_bare_run(user, MadeRun("second"))
    for one, flops in ((run, 100.0), (other, 250.0)):
        for step in (1, 2):
            MetricPoint.objects.create(
                run=one, key="compute/flops", attempt=1, step=step, value=flops, time=one.created
            )
            project_run(one.job, 1, [made_event(step, made_result(20 * step))])
    (only,) = evaluation_sets(user)
    easy = only.scaling()[0]
    assert easy.points == ((100.0, 0.1), (200.0, 0.2), (250.0, 0.1), (500.0, 0.2))
    page = client_signed_in.get(reverse("evaluations")).content.decode()
    assert "Scaling law over the steps of 2 runs" in page
    assert data_of(page, "sets-data")[0]["scaling"]["curves"][0]["x"] == [100.0, 200.0, 250.0, 500.0]


def test_other_positions_stand_in_a_table_of_their_own(run: Run) -> None:
    project_run(run.job, 1, [made_event(0, made_result(20))])
    other = evaluate_model(run, "smollm2-135m-instruct")
    project(other.job, 1, [made_event(0, made_result(20, positions="b" * 16))])
    assert len(evaluation_sets(run.owner)) == 2


def test_unknown_model_is_refused_and_stays_typed(run: Run, client_signed_in: Client) -> None:
    answer = client_signed_in.post(reverse("evaluation-start"), {"run": run.pk, "model": "nowhere"})
    assert answer.status_code == 422
    assert 'value="nowhere"' in answer.content.decode()
    assert Evaluation.objects.count() == 0


def test_job_at_work_is_shown_and_can_be_cancelled(run: Run, client_signed_in: Client) -> None:
    evaluation = evaluate_model(run, "smollm2-135m-instruct")
    page = client_signed_in.get(reverse("evaluations")).content.decode()
    assert f'Waits for <a href="/runs/{run.pk}/">run {run.name}</a>' in page
    part = client_signed_in.get(reverse("evaluations"), {"seen": "0"}, HTTP_HX_REQUEST="true")
    assert "HX-Refresh" not in part.headers
    project(evaluation.job, 1, [made_event(0, made_result(20))])
    part = client_signed_in.get(reverse("evaluations"), {"seen": "0"}, HTTP_HX_REQUEST="true")
    assert part.headers["HX-Refresh"] == "true"
    client_signed_in.post(reverse("evaluation-cancel", args=[evaluation.pk]))
    assert Job.objects.get(pk=evaluation.job_id).state == "cancelled"


def test_evaluations_of_somebody_else_are_not_there(run: Run, other_user: Any) -> None:
    project_run(run.job, 1, [made_event(0, made_result(20))])
    evaluation = evaluate_model(run, "smollm2-135m-instruct")
    make_checkpoint(run, 10)
    client = Client()
    client.force_login(other_user)
    assert client.get(reverse("run-evaluation", args=[run.pk])).status_code == 404
    assert client.post(reverse("evaluation-cancel", args=[evaluation.pk])).status_code == 404
    assert client.post(reverse("checkpoint-evaluate", args=[run.pk, 10])).status_code == 404
    assert client.post(reverse("evaluation-start"), {"run": run.pk, "model": "x"}).status_code == 404
    assert b"held out, step" not in client.get(reverse("evaluations")).content

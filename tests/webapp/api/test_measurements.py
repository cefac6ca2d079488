"""Probes and evaluations over the API, each operation with exact values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.webapp.api.conftest import Program
from tests.webapp.api.test_experiments import settings as demo_settings
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.made_run import make_bare_run, make_checkpoint
from tests.webapp.probes.made_probe import made_probe, made_table
from tests.webapp.probes.made_probe import made_result as made_probe_result
from webapp.corpora.models import Corpus
from webapp.evaluations.models import Evaluation
from webapp.evaluations.projection import project_run
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.probes.models import Probe
from webapp.runs.models import MetricPoint, Run


@pytest.fixture
def corpus(user: Any, home: Path) -> Corpus:
    return made_corpus(home, user, name="letters")


def test_probe_of_an_experiment_is_queued(program: Program, corpus: Corpus, home: Path) -> None:
    answer = program.post("/probes?positions=5&samples=2", demo_settings(name="tried"))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["kind"], made["positions"], made["samples"]) == ("probe", 5, 2)
    assert (made["corpus"], made["model"], made["finished"]) == (corpus.pk, "smollm2-135m-instruct", False)
    assert (made["job"]["state"], made["groups"], made["words"]) == ("queued", None, [])
    assert made["config"]["name"] == "tried"
    assert (home / Job.objects.get().folder / "experiment.yaml").is_file()
    assert not Experiment.objects.exists()
    assert program.post(f"/probes/{made['id']}/cancel").json() == {
        "changed": True,
        "message": "The probe is being cancelled.",
    }
    assert program.get(f"/probes/{made['id']}").json()["job"]["state"] == "cancelled"


def test_probe_takes_the_group_size_and_a_table_eight(program: Program, corpus: Corpus) -> None:
    assert program.post("/probes", demo_settings(sampling__group_size=4)).json()["samples"] == 4
    table = program.post("/probes?kind=prompts", demo_settings()).json()
    assert (table["kind"], table["samples"]) == ("prompts", 8)


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ("?positions=5000", {}, "probe_positions"),
        ("?samples=1", {}, "probe_samples"),
        ("?kind=wrong", {}, "kind"),
        ("", {"sampling__group_size": 1}, "sampling.group_size"),
    ],
)
def test_probe_with_a_mistake_names_its_field(
    program: Program, corpus: Corpus, query: str, body: dict[str, Any], field: str
) -> None:
    answer = program.post(f"/probes{query}", demo_settings(**body))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Probe.objects.exists()


def test_finished_probe_says_what_it_found(program: Program, corpus: Corpus) -> None:
    probe = made_probe(corpus, made_probe_result())
    found = program.get(f"/probes/{probe.pk}").json()
    assert (found["finished"], found["prompts"]) == (True, None)
    assert (found["groups"]["selected"], len(found["groups"]["groups"])) == (400, 20)
    assert found["groups"]["band"]["low"] == 1.0
    assert any("Groups at 1.0 to 1.5 nats: 60 % mixed" in one for one in found["words"])
    table = made_probe(corpus, made_table(), kind="prompts")
    found = program.get(f"/probes/{table.pk}").json()
    assert (found["groups"], [row["template"] for row in found["prompts"]["rows"]]) == (None, ["v0", "short"])
    listed = program.get("/probes").json()
    assert [item["id"] for item in listed["items"]] == [table.pk, probe.pk]


def test_prompt_of_a_model_that_is_not_there_says_so(program: Program, corpus: Corpus) -> None:
    answer = program.post("/probes/prompt?position=3", demo_settings())
    assert answer.status_code == 422
    assert answer.json()["error"] == (
        "smollm2-135m-instruct is not on this machine yet, so its tokens are not known."
    )


def test_exact_prompt_of_a_position(program: Program, home: Path) -> None:
    from tests.training.tiny import make_tiny_model

    make_tiny_model(home / "models" / "tiny")
    sample = program.post("/corpora/sample").json()
    settings = demo_settings(
        model__name="tiny", data__max_documents=1, cold_start__steps=0, positions__upper_threshold=3
    )
    answer = program.post(f"/probes/prompt?corpus={sample['id']}&position=1", settings)
    assert answer.status_code == 200
    found = answer.json()
    assert found["prompt"].startswith("<|im_start|>user\nPredict the next token in \\boxed{}.\n\n")
    assert (found["number"], found["model"], found["template"]) == (1, "tiny", "short")
    assert found["think_prefilled"] is True


@pytest.fixture
def measured(program: Program, user: Any) -> Run:
    """A run that was evaluated before training and after step 100, and holds documents out."""
    run = make_bare_run(user)
    run.config["data"]["held_out_documents"] = 5
    run.save()
    events = [made_event(0, made_result(70), 1), made_event(100, made_result(90), 2)]
    project_run(run.job, 1, events)
    return run


def test_evaluations_of_a_run_with_patterns_and_law(program: Program, measured: Run) -> None:
    found = program.get(f"/runs/{measured.pk}/evaluations").json()
    assert [one["step"] for one in found["evaluations"]] == [0, 100]
    newest = found["evaluations"][1]
    assert (newest["label"], newest["job"], newest["attempt"]) == ("made run, step 100", None, 1)
    score = next(s for s in newest["scores"] if (s["mode"], s["split"]) == ("reasoning", "easy"))
    assert (score["n"], score["correct"], score["accuracy"]) == (200, 90, 0.45)
    assert {row["name"]: row["change"] for row in found["patterns"]}["deduction"] == 0.0
    assert found["scaling"] == []  # the made run has no compute


@pytest.mark.parametrize(
    ("query", "names", "unit"),
    [("", ["A", "alpha", "P*"], 1e12), ("?law=exponential", ["a", "b", "c"], 1e12)],
)
def test_scaling_law_of_a_run(
    program: Program, measured: Run, query: str, names: list[str], unit: float
) -> None:
    steps = range(1, 7)
    MetricPoint.objects.bulk_create(
        MetricPoint(run=measured, key="compute/flops", attempt=1, step=step, value=1e12, time=timezone.now())
        for step in steps
    )
    project_run(measured.job, 1, [made_event(step, made_result(60 + 8 * step), 2 + step) for step in steps])
    found = program.get(f"/runs/{measured.pk}/evaluations{query}").json()["scaling"]
    easy = next(one for one in found if one["name"] == "easy")
    assert easy["points"][0] == [1e12, 0.34]
    assert len(easy["points"]) == easy["fit"]["points"] == 6
    assert [one["name"] for one in easy["fit"]["parameters"]] == names
    assert all(
        one["interval"][0] is None or one["interval"][0] <= one["value"] for one in easy["fit"]["parameters"]
    )
    assert program.get(f"/runs/{measured.pk}/evaluations?law=wrong").json()["field"] == "law"


def test_evaluation_of_a_checkpoint_and_of_a_model(program: Program, measured: Run) -> None:
    make_checkpoint(measured, 10)
    answer = program.post(f"/runs/{measured.pk}/checkpoints/10/evaluate")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["run"], made["step"], made["finished"]) == (measured.pk, 10, False)
    assert (made["job"]["state"], made["scores"]) == ("queued", [])
    answer = program.post("/evaluations", {"run": measured.pk, "model": "smollm2-135m-instruct"})
    assert (answer.status_code, answer.json()["run"]) == (201, None)
    found = program.get("/evaluations").json()
    assert [one["id"] for one in found["pending"]] == [answer.json()["id"], made["id"]]
    (one,) = found["sets"]
    assert (one["positions"], one["count"], one["alike"]) == ("a" * 16, 200, True)
    assert [row["step"] for row in one["evaluations"]] == [0, 100]
    assert program.post(f"/evaluations/{made['id']}/cancel").json()["changed"] is True
    assert program.get(f"/evaluations/{made['id']}").json()["job"]["state"] == "cancelled"
    assert program.post(f"/evaluations/{made['id']}/cancel").json()["changed"] is False


def test_evaluation_that_a_run_made_is_not_cancelled(program: Program, measured: Run) -> None:
    found = Evaluation.objects.get(step=0)
    assert program.post(f"/evaluations/{found.pk}/cancel").json()["changed"] is False


def test_evaluation_without_held_out_documents_is_refused(program: Program, user: Any) -> None:
    run = make_bare_run(user)
    answer = program.post("/evaluations", {"run": run.pk, "model": "smollm2-135m-instruct"})
    assert (answer.status_code, answer.json()["field"]) == (422, "data.held_out_documents")
    answer = program.post("/evaluations", {"run": run.pk, "model": "nothing"})
    assert (answer.status_code, answer.json()["field"]) == (422, "model")


def test_checkpoint_that_is_gone_is_not_evaluated(program: Program, measured: Run) -> None:
    assert program.post(f"/runs/{measured.pk}/checkpoints/10/evaluate").status_code == 404

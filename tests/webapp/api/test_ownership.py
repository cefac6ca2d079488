"""Every operation, called by somebody else: other people's objects do not exist. Made from the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model

from tests.webapp.api.conftest import Program
from tests.webapp.api.world import STEPS, World, make_world
from tests.webapp.corpora.made_scan import made_corpus
from training.contract.presets import PRESETS
from webapp.api.api import api
from webapp.audits.models import Audit, AuditAnswer, AuditPair, Rejudging
from webapp.corpora.models import Corpus, Scan
from webapp.evaluations.models import Evaluation, TaskEvaluation
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.notifications.models import Delivery, Notification, Webhook, Wishes
from webapp.playground.models import Question, Session
from webapp.preparations.models import Preparation
from webapp.probes.models import Probe
from webapp.projects.models import Membership, Project
from webapp.runs.models import Run
from webapp.segments.models import Adjustment, Segmentation

OPERATIONS = [
    (method.upper(), path, operation["operationId"])
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method, operation in methods.items()
]
OF_AN_OBJECT = [one for one in OPERATIONS if "{" in one[1] and "presets" not in one[1]]
OF_NO_OBJECT = [one for one in OPERATIONS if one not in OF_AN_OBJECT]
BODIES: dict[str, Any] = {
    "check_corpus": {},
    "scan_corpus": {"model": "smollm2-135m-instruct"},
    "mark_rollout": {"starred": True},
    "cut_corpus": {},
    "join_segments": {"revision": 0, "segment": 0},
    "split_segment": {"revision": 0, "segment": 0, "characters": 1},
    "undo_boundaries": {"revision": 0},
    "draw_sample": {},
    "answer_sample": {"place": 0, "answer": "right"},
    "rejudge_run": {"rule": "strict"},
    "move_queued_job": {"to": "first"},
    "change_run": {"name": "mine", "archived": True},
    "change_project": {"name": "mine"},
    "put_member": {"role": "owner"},
}
QUERIES = {"run_series": "?key=reward/mean", "step_under_another_reward": "?rule=dense"}
ROWS: tuple[type[Model], ...] = (
    *(Corpus, Scan, Experiment, Run, Probe, Evaluation, TaskEvaluation, Preparation, Job),
    *(Notification, Webhook, Delivery, Wishes),
    *(Session, Question),
    *(Segmentation, Adjustment),
    *(Audit, AuditPair, AuditAnswer, Rejudging),
    *(Project, Membership),
)


@pytest.fixture
def theirs(other_program: Program, other_user: Any, home: Path) -> World:
    return make_world(home, other_user)


def rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


@pytest.mark.parametrize(("method", "path", "name"), OF_AN_OBJECT, ids=[one[2] for one in OF_AN_OBJECT])
def test_operation_on_another_users_object_is_404(
    program: Program, theirs: World, method: str, path: str, name: str
) -> None:
    before = rows()
    address = theirs.place(path) + QUERIES.get(name, "")
    answer = program.call(method, address, json.dumps(BODIES.get(name)), "application/json")
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("There is no such ")
    assert rows() == before


def test_operations_on_ones_own_objects_are_not_404(other_program: Program, theirs: World) -> None:
    found = {}
    for method, path, name in sorted(OF_AN_OBJECT, key=lambda one: (one[0] != "GET", one[0] == "DELETE")):
        address = theirs.place(path) + QUERIES.get(name, "")
        answer = other_program.call(method, address, json.dumps(BODIES.get(name)), "application/json")
        found[name] = answer.status_code
    assert {name: status for name, status in found.items() if status not in {200, 201}} == {
        "scan_corpus": 422,  # it is being checked again
        "prepare_corpus": 422,  # the same
        "download_preparation_file": 404,  # it has not finished
        "cut_corpus": 422,  # the same
        "split_segment": 422,  # two segments were joined above: this is of another revision
        "undo_boundaries": 422,  # the same
        "launch_control": 422,  # a made run has no events to take its compute from
        "start_checkpoint_evaluation": 422,  # it holds no documents out
        "start_held_out_evaluation": 422,  # it is no run of RLVR
        "remove_corpus": 204,
        "remove_project": 204,
        "delete_member": 404,  # its project was removed above
        "remove_run": 409,  # it was resumed above
        "remove_webhook": 204,
    }


def test_lists_hold_nothing_of_another_user(program: Program, theirs: World) -> None:
    lists = [path for method, path, _ in OF_NO_OBJECT if method == "GET"]
    assert {"/api/corpora", "/api/experiments", "/api/probes", "/api/runs", "/api/evaluations"} <= set(lists)
    for path in lists:
        answer = program.get(theirs.place(path))
        assert answer.status_code == 200, path
        assert "their" not in answer.content.decode(), path


def test_lists_hold_what_is_ones_own(other_program: Program, theirs: World) -> None:
    for path in ("/corpora", "/preparations", "/experiments", "/probes", "/runs"):
        assert [item["id"] for item in other_program.get(path).json()["items"]] != [], path
    assert other_program.get("/evaluations").json()["sets"][0]["evaluations"][0]["model"] == "their model"
    tasks = other_program.get("/task-evaluations").json()["sets"][0]["evaluations"]
    assert tasks[0]["model"] == "their model"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/runs", {"experiment": "experiment"}),
        ("/evaluations", {"run": "run", "model": "smollm2-135m-instruct"}),
        (
            "/task-evaluations",
            {"what": "answers", "corpus": "corpus", "model": "smollm2-135m-instruct"},
        ),
    ],
)
def test_body_that_names_another_users_object_is_404(
    program: Program, theirs: World, path: str, body: dict[str, Any]
) -> None:
    numbers = {"experiment": theirs.run.experiment_id, "run": theirs.run.pk, "corpus": theirs.corpus.pk}
    filled = {name: numbers.get(str(value), value) for name, value in body.items()}
    before = rows()
    assert program.post(path, filled).status_code == 404
    assert rows() == before


@pytest.mark.parametrize("path", ["/experiments", "/probes", "/probes/prompt"])
@pytest.mark.parametrize("by", ["number", "name"])
def test_experiment_on_another_users_corpus_finds_none(
    program: Program, theirs: World, path: str, by: str
) -> None:
    config = PRESETS["demo-cpu"].config.model_dump(mode="json")
    config["data"]["corpus"] = theirs.corpus.name
    query = f"?corpus={theirs.corpus.pk}" if by == "number" else ""
    answer = program.post(f"{path}{query}", config)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["data.corpus"]


def test_experiment_that_starts_from_another_users_checkpoint_is_refused(
    program: Program, theirs: World, user: Any, home: Path
) -> None:
    corpus = made_corpus(home, user)
    config = PRESETS["demo-cpu"].config.model_dump(mode="json")
    config["model"]["start_from"] = f"run:{theirs.run.pk}/step:{STEPS}"
    answer = program.post(f"/experiments?corpus={corpus.pk}", config)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["model.start_from"]

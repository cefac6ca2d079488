"""Runs over the API: list, launch, follow, cancel, resume, log. Each operation with exact values."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from django.utils import timezone

from tests.webapp.api.conftest import Program
from tests.webapp.api.test_experiments import settings as demo_settings
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint, make_run
from training.contract.events import Metrics
from training.contract.stream import EventWriter, spool_path
from webapp.api.schemas.rollouts import GroupSort, Reason, Rule
from webapp.api.schemas.runs import Action, RunFilter, RunKept, RunMethod, RunSort
from webapp.jobs.models import Desired, Job, JobEvent
from webapp.runs.listing import KEPT, METHODS, SORTS, STATES
from webapp.runs.models import Run
from webapp.runs.services.bulk import ACTIONS
from webapp.trajectories import listing
from webapp.trajectories.reasons import REASONS
from webapp.trajectories.rules import RULES


def test_choices_are_those_of_the_pages() -> None:
    assert set(get_args(RunFilter)) == set(STATES)
    assert set(get_args(RunSort)) == set(SORTS)
    assert set(get_args(RunMethod)) == {"", *METHODS}
    assert set(get_args(RunKept)) == set(KEPT)
    assert set(get_args(Action)) == set(ACTIONS)
    assert set(get_args(Reason)) == {"", *REASONS}
    assert set(get_args(GroupSort)) == set(listing.SORTS)
    assert set(get_args(Rule)) == set(RULES)


def test_runs_are_listed_filtered_and_sorted(program: Program, user: Any) -> None:
    start = timezone.now() - timedelta(hours=3)
    for place, (name, state) in enumerate([("alpha", "succeeded"), ("beta", "failed"), ("gamma", "queued")]):
        made = make_bare_run(user, MadeRun(name, state, start=start + timedelta(minutes=place)))
        Run.objects.filter(pk=made.pk).update(last_reward=[0.3, 0.5, None][place])

    def names(**query: Any) -> list[str]:
        return [run["name"] for run in program.get("/runs", **query).json()["items"]]

    assert names() == ["gamma", "beta", "alpha"]
    assert names(sort="reward") == ["beta", "alpha", "gamma"]
    assert names(state="active") == ["gamma"]
    assert names(state="failed") == ["beta"]
    assert names(q="ALPH") == ["alpha"]
    assert names(q="language reference") == ["gamma", "beta", "alpha"]
    assert names(page=2) == []
    assert program.get("/runs", sort="wrong").json()["field"] == "sort"


def test_row_of_a_run_says_how_far_it_is(program: Program, user: Any) -> None:
    run = make_run(user, MadeRun("made", "running", 4, 10, start=timezone.now() - timedelta(seconds=72)))
    row = program.get("/runs").json()["items"][0]
    assert (row["id"], row["name"], row["state"]) == (run.pk, "made", "running")
    assert (row["step"], row["steps_asked"], row["stage_label"]) == (4, 10, "GRPO")
    assert row["progress"] == {"done": 4, "total": 10, "unit": "steps"}
    assert (row["seconds_per_step"], row["eta_seconds"]) == (18.0, 108.0)
    assert row["last_reward"] == run.last_reward
    assert (row["experiment"], row["corpus_name"]) == (run.experiment_id, "Python language reference")
    assert (row["is_control"], row["control_of"], row["start_from"]) == (False, None, "")


def test_run_is_shown_with_job_verdict_stages_and_settings(program: Program, user: Any) -> None:
    run = make_run(user, MadeRun("made", "failed", 24, 30, error={"message": "The disk is full."}))
    found = program.get(f"/runs/{run.pk}").json()
    assert (found["state"], found["job"]["state"], found["job"]["ended"]) == ("failed", "failed", True)
    assert found["job"]["error"] == {
        "message": "The disk is full.",
        "field": "",
        "remedy": "",
        "retryable": False,
        "log": [],
    }
    assert [check["name"] for check in found["verdict"]] == [
        "Learning",
        "Signal",
        "Exploration",
        "Drift",
        "Output",
        "System",
    ]
    learning = found["verdict"][0]
    assert (learning["key"], learning["status"]) == ("reward/mean", "good")
    assert learning["sentence"].startswith("Reward of the last 10 steps 0.")
    assert found["config"]["optimisation"]["steps"] == 30
    assert (found["controls"], found["warnings"]) == ([], [])


def test_silent_run_is_stalled(program: Program, user: Any) -> None:
    run = make_run(user, MadeRun("silent", "running", 2, 10))
    assert program.get(f"/runs/{run.pk}").json()["state"] == "stalled"


def test_experiment_is_launched_as_often_as_it_is_asked_for(program: Program, user: Any, home: Path) -> None:
    made_corpus(home, user, name="letters")
    experiment = program.post("/experiments", demo_settings(name="from afar")).json()
    answer = program.post("/runs", {"experiment": experiment["id"]})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["state"], made["steps_asked"]) == ("from afar", "queued", 60)
    assert made["experiment"] == experiment["id"]
    assert (home / Job.objects.get().folder / "experiment.yaml").is_file()
    second = program.post("/runs", {"experiment": experiment["id"]}).json()
    assert program.get(f"/experiments/{experiment['id']}").json()["runs"] == [second["id"], made["id"]]
    assert second["job"]["ahead"] == 1


def test_run_starts_from_a_checkpoint_by_its_reference(program: Program, user: Any, home: Path) -> None:
    made_corpus(home, user, name="letters")
    earlier = make_bare_run(user)
    reference = make_checkpoint(earlier, 10).reference
    answer = program.post("/experiments", demo_settings(model__start_from=reference, cold_start__steps=0))
    made = program.post("/runs", {"experiment": answer.json()["id"]}).json()
    assert made["start_from"] == f"run:{earlier.pk}/step:10"


def test_demo_is_launched_on_the_sample(program: Program) -> None:
    answer = program.post("/runs/demo")
    assert (answer.status_code, answer.json()["name"]) == (201, "demo-cpu")
    assert answer.json()["corpus_name"] == "Python language reference"


def test_control_of_a_run_without_a_step_is_refused(program: Program, user: Any) -> None:
    answer = program.post(f"/runs/{make_bare_run(user).pk}/control")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_control_of_a_run_is_launched(program: Program, user: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 3, 3))
    write_compute(run)
    answer = program.post(f"/runs/{run.pk}/control")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["is_control"], made["control_of"]) == ("made control", True, run.pk)
    assert program.get(f"/runs/{run.pk}").json()["controls"] == [made["id"]]


def write_compute(run: Run) -> None:
    """The events of training that a control takes its compute from."""
    writer = EventWriter(spool_path(run.folder_path, 1))
    tokens: dict[str, float | None] = {"compute/rollout_tokens": 4000.0, "compute/train_tokens": 4000.0}
    writer.emit(Metrics(step=1, values=tokens))


def test_run_is_cancelled_once_and_resumed_once(program: Program, user: Any) -> None:
    run = make_bare_run(user, MadeRun(state="queued"))
    assert program.post(f"/runs/{run.pk}/cancel").json() == {
        "changed": True,
        "message": "The run is being cancelled. What it has written stays.",
    }
    assert program.get(f"/runs/{run.pk}").json()["state"] == "cancelled"
    assert program.post(f"/runs/{run.pk}/cancel").json() == {
        "changed": False,
        "message": "The run had ended already: there was nothing to cancel.",
    }
    assert program.post(f"/runs/{run.pk}/resume").json() == {
        "changed": True,
        "message": "The run is queued again. It starts over.",
    }
    assert program.get(f"/runs/{run.pk}").json()["state"] == "queued"
    assert program.post(f"/runs/{run.pk}/resume").json() == {
        "changed": False,
        "message": "The run cannot be resumed: it is active, or it has finished all its steps.",
    }


def test_active_run_is_asked_to_end(program: Program, user: Any) -> None:
    run = make_bare_run(user, MadeRun(state="running"))
    program.post(f"/runs/{run.pk}/cancel")
    found = program.get(f"/runs/{run.pk}").json()
    assert (found["state"], found["job"]["cancelling"]) == ("cancelling", True)
    assert Job.objects.get().desired == Desired.CANCEL


def test_events_are_read_by_cursor_each_once(program: Program, user: Any) -> None:
    run = make_bare_run(user)
    JobEvent.objects.bulk_create(
        JobEvent(
            job=run.job,
            attempt=1,
            seq=seq,
            type="log",
            time=timezone.now(),
            payload={"type": "log", "text": str(seq)},
        )
        for seq in range(1, 702)
    )
    cursor, seen = 0, []
    for size in (500, 201, 0):
        message = program.get(f"/runs/{run.pk}/events", after=cursor).json()
        assert len(message["events"]) == size
        seen += [event["seq"] for event in message["events"]]
        cursor = message["cursor"]
    assert seen == list(range(1, 702))
    assert (message["job"]["state"], message["run"]["id"]) == ("running", run.pk)
    assert program.get(f"/runs/{run.pk}/events", after=-1).status_code == 422


def test_events_come_without_their_bulk(program: Program, user: Any) -> None:
    run = make_bare_run(user)
    payload = {"type": "rollouts", "step": 3, "file": "f", "groups": [{}, {}]}
    JobEvent.objects.create(
        job=run.job, attempt=1, seq=1, type="rollouts", time=timezone.now(), payload=payload
    )
    (event,) = program.get(f"/runs/{run.pk}/events").json()["events"]
    assert (event["type"], event["step"], event["groups"]) == ("rollouts", 3, 2)
    assert "file" not in event


def test_log_is_read_from_its_tail_and_onwards(program: Program, user: Any) -> None:
    run = make_run(user, MadeRun("made", "running", 2, 10))
    found = program.get(f"/runs/{run.pk}/log").json()
    assert found["lines"][0] == "attempt 1 starts at step 1"
    assert (len(found["lines"]), found["attempt"], found["cut"]) == (3, 1, False)
    assert program.get(f"/runs/{run.pk}/log", offset=found["end"]).json()["lines"] == []
    with open(run.folder_path / "trainer.1.log", "a", encoding="utf-8") as file:
        file.write("more\n")
    assert program.get(f"/runs/{run.pk}/log", offset=found["end"]).json()["lines"] == ["more"]
    answer = program.get(f"/runs/{run.pk}/log", attempt=2)
    assert (answer.status_code, answer.json()["error"]) == (404, "Attempt 2 has written no log.")


@pytest.mark.parametrize("body", [{}, {"experiment": "x"}, {"experiment": None}])
def test_launch_without_an_experiment_names_the_field(program: Program, body: dict[str, Any]) -> None:
    answer = program.post("/runs", body)
    assert (answer.status_code, answer.json()["field"]) == (422, "experiment")

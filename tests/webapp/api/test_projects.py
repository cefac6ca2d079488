"""A header names the project that a program works in; what a role may not do is 403."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.made_run import MadeRun, make_run
from webapp.projects.models import Membership, Project
from webapp.projects.services.create import create_project
from webapp.projects.services.members import add_member
from webapp.runs.models import Run


@pytest.fixture
def project(user: Any) -> Project:
    return create_project(user, "Proofs").project


@pytest.fixture
def run(project: Project, program: Program) -> Run:
    return make_run(project.account, MadeRun("shared"))


def inside(program: Program, number: Any) -> Program:
    """The same program, working in a project."""
    program.headers = {**program.headers, "Foresight-Project": str(number)}
    return program


def test_program_sees_the_projects_runs_with_the_header_alone(
    program: Program, project: Project, run: Run
) -> None:
    assert program.get("/runs").json()["items"] == []
    assert program.get(f"/runs/{run.pk}").status_code == 404
    inside(program, project.pk)
    assert [one["name"] for one in program.get("/runs").json()["items"]] == ["shared"]
    me = program.get("/me").json()
    assert (me["user"], me["project"], me["role"]) == ("ada", "Proofs", "owner")


@pytest.mark.parametrize("number", ["4711", "x", "-1", "9" * 30])
def test_project_that_is_not_ones_own_is_404(program: Program, number: str) -> None:
    answer = inside(program, number).get("/runs")
    assert answer.status_code == 404
    assert answer.json()["error"] == "There is no such project."


def test_viewer_reads_and_is_refused_changes(
    other_program: Program, other_user: Any, project: Project, run: Run
) -> None:
    add_member(project, "grace", "viewer")
    inside(other_program, project.pk)
    assert other_program.get(f"/runs/{run.pk}").status_code == 200
    answer = other_program.post(f"/runs/{run.pk}/cancel")
    assert answer.status_code == 403
    assert answer.json()["error"] == "You are a viewer of Proofs: you see everything and change nothing."
    Membership.objects.filter(user=other_user).update(role="editor")
    assert other_program.post(f"/runs/{run.pk}/cancel").status_code == 200


def test_project_is_made_shared_renamed_and_deleted(
    program: Program, other_program: Program, other_user: Any
) -> None:
    made = program.post("/projects", {"name": "Proofs"})
    assert made.status_code == 201
    place = f"/projects/{made.json()['id']}"
    shared = program.call("PUT", f"{place}/members/grace", '{"role": "viewer"}', "application/json").json()
    assert shared["members"] == [{"user": "ada", "role": "owner"}, {"user": "grace", "role": "viewer"}]
    assert [one["role"] for one in other_program.get("/projects").json()["items"]] == ["viewer"]
    changed = '{"name": "taken over"}'
    assert other_program.call("PATCH", place, changed, "application/json").status_code == 404
    assert program.call("PATCH", place, '{"name": "Lemmas"}', "application/json").json()["name"] == "Lemmas"
    assert other_program.delete(f"{place}/members/ada").status_code == 404
    assert other_program.delete(f"{place}/members/grace").status_code == 204
    assert program.delete(place).status_code == 204
    assert not Project.objects.exists()

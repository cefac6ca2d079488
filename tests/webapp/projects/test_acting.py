"""In a project a person sees and makes what is the project's; viewers change nothing; others see nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_run
from webapp.corpora.models import Corpus
from webapp.projects.models import Membership, Project
from webapp.projects.services.members import add_member
from webapp.runs.models import Run


@pytest.fixture
def run(home: Path, project: Project) -> Run:
    return make_run(project.account, MadeRun("shared"))


def enter(client: Client, project: Project) -> None:
    client.post("/projects/enter/", {"project": project.pk})


def test_members_see_the_projects_runs_after_they_enter_it_and_not_before(
    client_signed_in: Client, other_client: Client, other_user: Any, project: Project, run: Run
) -> None:
    add_member(project, "grace", "viewer")
    for client in (client_signed_in, other_client):
        assert "shared" not in client.get("/runs/").content.decode()
        enter(client, project)
        assert "shared" in client.get("/runs/").content.decode()
        assert client.get(f"/runs/{run.pk}/").status_code == 200
        client.post("/projects/enter/", {"project": ""})
        assert "shared" not in client.get("/runs/").content.decode()


def test_others_do_not_see_a_project_or_what_is_in_it(
    other_client: Client, project: Project, run: Run
) -> None:
    assert other_client.get(f"/projects/{project.pk}/").status_code == 404
    assert other_client.post("/projects/enter/", {"project": project.pk}).status_code == 404
    assert other_client.get(f"/runs/{run.pk}/").status_code == 404
    assert "Proofs" not in other_client.get("/projects/").content.decode()
    session = other_client.session
    session["project"] = project.pk  # as if the membership had ended since
    session.save()
    assert other_client.get(f"/runs/{run.pk}/").status_code == 404
    assert "project" not in other_client.session


def test_link_to_a_projects_run_enters_the_project(
    client_signed_in: Client, project: Project, run: Run
) -> None:
    answer = client_signed_in.get(f"/runs/{run.pk}/?tab=log")
    assert (answer.status_code, answer.url) == (302, f"/runs/{run.pk}/?tab=log")
    page = client_signed_in.get(answer.url).content.decode()
    assert "shared" in page
    assert f'href="/projects/{project.pk}/"' in page
    assert client_signed_in.session["project"] == project.pk


def test_link_to_ones_own_run_leaves_the_project(
    client_signed_in: Client, home: Path, user: Any, project: Project
) -> None:
    own = make_run(user, MadeRun("mine"))
    enter(client_signed_in, project)
    assert client_signed_in.get(f"/runs/{own.pk}/").status_code == 302
    assert "project" not in client_signed_in.session
    assert client_signed_in.get(f"/runs/{own.pk}/").status_code == 200


def test_part_of_a_page_is_answered_from_the_other_project_and_moves_nothing(
    client_signed_in: Client, project: Project, run: Run
) -> None:
    answer = client_signed_in.get(f"/runs/{run.pk}/parts/verdict/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "project" not in client_signed_in.session


def test_what_is_nowhere_stays_missing(client_signed_in: Client, project: Project) -> None:
    assert client_signed_in.get("/runs/4711/").status_code == 404
    assert client_signed_in.get("/no/such/address/").status_code == 404
    assert "project" not in client_signed_in.session


def test_editor_uploads_into_the_project(
    other_client: Client, other_user: Any, home: Path, project: Project
) -> None:
    add_member(project, "grace", "editor")
    enter(other_client, project)
    other_client.post("/corpora/sample/")
    assert [corpus.owner for corpus in Corpus.objects.all()] == [project.account]


def test_viewer_reads_and_changes_nothing(
    other_client: Client, other_user: Any, home: Path, project: Project, run: Run
) -> None:
    add_member(project, "grace", "viewer")
    corpus = made_corpus(home, project.account)
    enter(other_client, project)
    addresses = (
        *(
            f"/corpora/{corpus.pk}/delete/",
            f"/corpora/{corpus.pk}/scan/",
            "/corpora/sample/",
            "/experiments/new/",
        ),
        *(f"/runs/{run.pk}/cancel/", f"/runs/{run.pk}/edit/", f"/runs/{run.pk}/star/", "/runs/bulk/"),
    )
    for address in addresses:
        refused = other_client.post(address, {"name": "taken over"})
        assert refused.status_code == 403, address
        assert "You are a viewer here" in refused.content.decode()
    run.refresh_from_db()
    assert (run.name, run.starred) == ("shared", False)
    assert set(Corpus.objects.all()) == {run.corpus, corpus}
    said = other_client.post(f"/runs/{run.pk}/star/", headers={"HX-Request": "true"}).content.decode()
    assert said == "You are a viewer of Proofs: you see everything and change nothing. Ask an owner for more."


def test_role_holds_from_the_next_request_on(
    other_client: Client, other_user: Any, project: Project, run: Run
) -> None:
    theirs = add_member(project, "grace", "editor")
    enter(other_client, project)
    other_client.post(f"/runs/{run.pk}/star/")
    assert Run.objects.get().starred
    Membership.objects.filter(pk=theirs.pk).update(role="viewer")
    assert other_client.post(f"/runs/{run.pk}/star/").status_code == 403
    theirs.delete()
    assert other_client.get(f"/runs/{run.pk}/").status_code == 404


def test_tokens_and_password_stay_the_persons_own_in_a_project(
    client_signed_in: Client, user: Any, project: Project
) -> None:
    enter(client_signed_in, project)
    client_signed_in.post("/account/tokens/make/", {"name": "laptop", "days": "30"})
    assert [token.owner for token in user.api_tokens.all()] == [user]
    assert not project.account.api_tokens.exists()
    assert not project.account.has_usable_password()
    assert ">ada<" in client_signed_in.get("/runs/").content.decode()
    for address in ("/runs/", "/account/tokens/", "/projects/"):
        assert "project-chip" in client_signed_in.get(address).content.decode(), address

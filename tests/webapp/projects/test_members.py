"""Who belongs to a project is said by its owners, of whom there is always one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_run
from training.contract.errors import ForesightError
from webapp.accounts.models import Quota
from webapp.corpora.models import Corpus
from webapp.jobs.services.create import create_job
from webapp.projects.models import Membership, Project
from webapp.projects.services.create import create_project
from webapp.projects.services.members import add_member


def roles(project: Project) -> dict[str, str]:
    return dict(project.memberships.values_list("user__username", "role"))


def test_maker_owns_the_project_and_enters_it(client_signed_in: Client, user: Any) -> None:
    answer = client_signed_in.post("/projects/make/", {"name": "  Long   proofs "})
    project = Project.objects.get()
    assert answer.url == f"/projects/{project.pk}/"
    assert (project.name, roles(project)) == ("Long proofs", {"ada": "owner"})
    assert client_signed_in.session["project"] == project.pk


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_project_without_a_fitting_name_is_refused_and_what_was_typed_stays(
    client_signed_in: Client, name: str
) -> None:
    answer = client_signed_in.post("/projects/make/", {"name": name})
    assert answer.status_code == 422
    assert f'value="{name}"' in answer.content.decode()
    assert not Project.objects.exists()


def test_owner_adds_changes_and_takes_out(
    client_signed_in: Client, other_user: Any, project: Project
) -> None:
    place = f"/projects/{project.pk}/members/"
    client_signed_in.post(place, {"user": "grace", "role": "viewer"})
    assert roles(project) == {"ada": "owner", "grace": "viewer"}
    client_signed_in.post(f"{place}{other_user.pk}/", {"role": "editor"})
    assert roles(project)["grace"] == "editor"
    client_signed_in.post(f"{place}{other_user.pk}/remove/")
    assert roles(project) == {"ada": "owner"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"user": "nobody", "role": "editor"}, "Nobody here is called"),
        ({"user": "ada", "role": "editor"}, "ada is a member already."),
        ({"user": "grace", "role": "king"}, "There is no role"),
    ],
)
def test_addition_that_cannot_be_says_why(
    client_signed_in: Client, other_user: Any, project: Project, typed: dict[str, str], said: str
) -> None:
    answer = client_signed_in.post(f"/projects/{project.pk}/members/", typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert roles(project) == {"ada": "owner"}


def test_account_of_a_project_is_nobody_who_could_be_added(user: Any, project: Project) -> None:
    other = create_project(user, "Other")
    with pytest.raises(ForesightError, match="Nobody here is called"):
        add_member(project, other.project.account.username, "editor")


def test_only_owner_neither_leaves_nor_steps_down(
    client_signed_in: Client, user: Any, project: Project
) -> None:
    place = f"/projects/{project.pk}/members/{user.pk}/"
    assert client_signed_in.post(f"{place}remove/").status_code == 422
    answer = client_signed_in.post(place, {"role": "viewer"})
    assert answer.status_code == 422
    assert (
        "ada is the project&#x27;s only owner. Make somebody else an owner first." in answer.content.decode()
    )
    assert roles(project) == {"ada": "owner"}


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_members_who_do_not_own_it_change_no_members_and_may_leave(
    other_client: Client, other_user: Any, user: Any, project: Project, role: str
) -> None:
    add_member(project, "grace", role)
    place = f"/projects/{project.pk}/"
    page = other_client.get(place).content.decode()
    assert "ada" in page and "Add somebody" not in page
    for address, typed in (
        ("members/", {"user": "grace", "role": "owner"}),
        (f"members/{other_user.pk}/", {"role": "owner"}),
        (f"members/{user.pk}/remove/", {}),
        ("rename/", {"name": "mine"}),
        ("delete/", {}),
    ):
        assert other_client.post(f"{place}{address}", typed).status_code == 404, address
    assert roles(project) == {"ada": "owner", "grace": role}
    assert other_client.post(f"{place}members/{other_user.pk}/remove/").status_code == 302
    assert roles(project) == {"ada": "owner"}


def test_project_with_a_run_is_not_deleted(client_signed_in: Client, home: Path, project: Project) -> None:
    make_run(project.account, MadeRun("kept"))
    answer = client_signed_in.post(f"/projects/{project.pk}/delete/")
    assert answer.status_code == 422
    assert "Proofs still has runs: 1." in answer.content.decode()
    assert Project.objects.exists()


def test_deleted_project_takes_corpora_files_and_account_along(
    client_signed_in: Client, home: Path, user: Any, project: Project
) -> None:
    corpus = made_corpus(home, project.account)
    kept = made_corpus(home, user)
    client_signed_in.post(f"/projects/{project.pk}/delete/")
    assert list(Corpus.objects.all()) == [kept]
    assert not (home / "corpora" / str(corpus.pk)).exists()
    assert (home / "corpora" / str(kept.pk)).exists()
    assert not Project.objects.exists() and not Membership.objects.exists()
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["ada"]


def test_jobs_of_a_project_count_for_the_quota_of_its_maker(
    user: Any, other_user: Any, home: Path, project: Project
) -> None:
    Quota.objects.create(user=user, jobs=1)
    add_member(project, "grace", "owner")
    create_job("run", project.account, "runs/{job}", [])
    for owner in (user, project.account):
        with pytest.raises(ForesightError, match="reached: 1 of 1"):
            create_job("run", owner, "runs/{job}", [])
    create_job("run", other_user, "runs/{job}", [])  # who has none

"""Projects by the client and the command line, against the real site."""

from __future__ import annotations

from typing import Any

import pytest

from foresight import ApiError, Client
from foresight.cli.main import main
from tests.webapp.made_run import MadeRun, make_run
from webapp.projects.models import Project


def test_project_is_made_and_worked_in(
    client_of_site: Client, other_user: Any, site: str, token: str
) -> None:
    made = client_of_site.projects.make("Proofs")
    shared = client_of_site.projects.put_member(made.id, "grace", "editor")
    assert [(one.user, one.role) for one in shared.members] == [("ada", "owner"), ("grace", "editor")]
    make_run(Project.objects.get().account, MadeRun("shared"))
    assert list(client_of_site.runs.list()) == []
    with Client(site, token, project=made.id) as inside:
        assert [run.name for run in inside.runs.list()] == ["shared"]
        assert (inside.me().project, inside.me().role) == ("Proofs", "owner")
    client_of_site.projects.remove_member(made.id, "grace")
    assert client_of_site.projects.rename(made.id, "Lemmas").name == "Lemmas"
    assert [one.user for one in client_of_site.projects.show(made.id).members] == ["ada"]
    with pytest.raises(ApiError, match="Lemmas still has runs: 1"):
        client_of_site.projects.delete(made.id)


def test_command_lists_projects_and_works_in_one(
    client_of_site: Client, site: str, token: str, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setenv("FORESIGHT_URL", site)
    monkeypatch.setenv("FORESIGHT_TOKEN", token)
    assert main(["projects"]) == 0
    assert capsys.readouterr().out == "You belong to no project.\n"
    made = client_of_site.projects.make("Proofs")
    make_run(Project.objects.get().account, MadeRun("shared"))
    assert main(["projects"]) == 0
    assert capsys.readouterr().out == f"{made.id:>6}  owner   Proofs\n"
    monkeypatch.setenv("FORESIGHT_PROJECT", str(made.id))
    assert main(["runs"]) == 0
    assert "shared" in capsys.readouterr().out
    monkeypatch.setenv("FORESIGHT_PROJECT", "Proofs")
    assert main(["runs"]) == 2
    assert "FORESIGHT_PROJECT is 'Proofs', which is no number." in capsys.readouterr().err

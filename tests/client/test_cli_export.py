"""`foresight export` with the filters of the page of all rollouts, on the real site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from foresight import Client
from foresight.cli.main import build_parser, main
from foresight.resources.rollouts import Chosen
from tests.client.fault_proxy import Faults
from tests.webapp.trajectories.made_search import make_searched_run
from webapp.runs.models import Run


@pytest.fixture
def run(token: str, user: Any) -> Run:
    return make_searched_run(user)


def exported(capsys: Any, run: Run, *options: str) -> list[tuple[int, int]]:
    """(step, sample) of the rollouts that the command prints, in their order."""
    assert main(["export", str(run.pk), *options]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return [(row["step"], row["sample"]) for row in map(json.loads, said.out.splitlines())]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--search", "proton"), [(1, 0), (1, 1)]),
        (("--search", "proton", "--where", "response"), [(1, 0)]),
        (("--miss", "form"), [(2, 1)]),
        (("--pattern", "reflection"), [(1, 0)]),
        (("--reward-min", "1"), [(1, 0)]),
        (("--reward-max", "0", "--steps", "2-4"), [(4, 0), (2, 0), (2, 1)]),
        (("--entropy-min", "1.3"), [(2, 0), (2, 1)]),
        (("--length-min", "4", "--length-max", "9", "--sort", "longest"), [(1, 0), (2, 1), (4, 0)]),
        (("--sort", "oldest", "--reason", "mismatch"), [(1, 1), (2, 1), (4, 0)]),
        (("--kind", "token", "--steps", "4"), [(4, 0)]),
    ],
)
def test_filters_choose_what_is_exported_and_in_which_order(
    here: Path, run: Run, capsys: Any, options: tuple[str, ...], expected: list[tuple[int, int]]
) -> None:
    assert exported(capsys, run, *options) == expected


def test_starred_rollouts_are_exported_with_class_and_note(
    here: Path, client_of_site: Client, run: Run, capsys: Any
) -> None:
    client_of_site.rollouts.mark(run.pk, 2, 0, 1, starred=True, note="why?")
    assert main(["export", str(run.pk), "--marked", "starred"]) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["response"], row["class"], row["starred"], row["note"]) == (
        "I conclude: Size",
        "form",
        True,
        "why?",
    )
    assert "token_ids" not in row
    assert main(["export", str(run.pk), "--marked", "starred", "--tokens"]) == 0
    assert json.loads(capsys.readouterr().out)["token_ids"] == [0, 1, 2, 3, 4]


def test_filters_that_find_nothing_export_nothing(here: Path, run: Run, capsys: Any) -> None:
    assert exported(capsys, run, "--search", "nowhere") == []


def test_filter_with_a_mistake_names_it(here: Path, run: Run, capsys: Any) -> None:
    assert main(["export", str(run.pk), "--miss", "near"]) == 2
    assert capsys.readouterr().err.startswith("error: miss: ")


def test_command_has_every_filter_of_the_client() -> None:
    options = set(vars(build_parser().parse_args(["export", "1"])))
    assert set(Chosen.__annotations__) - {"first", "last"} <= options


def test_selection_without_tokens_and_after_a_lost_connection(
    faulty: tuple[Client, Faults], client_of_site: Client, run: Run
) -> None:
    client, faults = faulty
    whole = list(client_of_site.rollouts.export_selection(run.pk, tokens=False))
    assert [row["step"] for row in whole] == [4, 2, 2, 1, 1]
    assert all("logprobs" not in row and row["response"] for row in whole)
    faults.plan += [900, "drop", 1500]
    assert list(client.rollouts.export_selection(run.pk, tokens=False)) == whole
    assert not faults.plan

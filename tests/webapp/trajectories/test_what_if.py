"""A step under another reward: pure rules on a record, and the page."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import make_bare_run, write_groups
from tests.webapp.trajectories.test_pages import record, rollout
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.runs.models import Run
from webapp.trajectories.group import group_view
from webapp.trajectories.rules import has_signal, rewards_under


def answer(
    sample: int, prediction: bytes, first: bytes | None, probability: float | None = None, reward: float = 0.0
) -> RolloutRecord:
    made = rollout(sample, prediction, "match" if reward == 1 else "mismatch", reward, 0.0)
    encoded = None if first is None else base64.b64encode(first).decode()
    return made.model_copy(update={"first_token_base64": encoded, "first_probability": probability})


CUT = rollout(9, b" size", "truncated", 0.0, 0.0)
RIGHT = answer(0, b" size", b" size", reward=1.0)
LONGER = answer(1, b" size or", b" size", 0.5)
OTHER = answer(2, b" list", b" list", 0.125)
MERGED = answer(3, b"s", None)


@pytest.mark.parametrize(
    ("rollouts", "rule", "expected"),
    [
        ((RIGHT, LONGER, CUT), "prefix", (1.0, 0.0, 0.0)),
        ((RIGHT, LONGER, CUT), "first_token", (1.0, 1.0, 0.0)),
        ((RIGHT, LONGER, OTHER, CUT), "dense", (1.0, 0.5, 0.125, 0.0)),
        ((RIGHT, OTHER), "conditional_dense", (1.0, 0.125)),
        ((LONGER, OTHER), "conditional_dense", (0.0, 0.0)),
        ((OTHER, MERGED), "dense", (0.125, 0.0)),
        ((MERGED, CUT), "first_token", None),
        ((MERGED, CUT), "dense", None),
        ((RIGHT, answer(1, b" list", b" list")), "dense", None),
        ((answer(0, b" list", b" list"), CUT), "conditional_dense", (0.0, 0.0)),
    ],
)
def test_rewards_under_a_rule_are_those_the_record_tells(
    rollouts: tuple[RolloutRecord, ...], rule: str, expected: tuple[float, ...] | None
) -> None:
    assert rewards_under(record(1, 0, list(rollouts)), rule) == expected


def test_group_has_signal_where_rewards_differ() -> None:
    assert has_signal((1.0, 0.0))
    assert not has_signal((1.0, 1.0))


def test_stored_reward_is_held_against_the_runs_own_rule() -> None:
    used = OTHER.model_copy(update={"reward": 0.125})
    made = record(1, 0, [RIGHT, used])
    assert group_view(made, "dense").disagreements == 0
    assert group_view(made, "prefix").disagreements == 1
    assert group_view(made, "dense").hits == 1


@pytest.fixture
def run(user: Any, settings: Any, tmp_path: Any) -> Run:
    settings.HOME = tmp_path
    made = make_bare_run(user)
    groups: list[GroupRecord] = [
        record(3, 0, [RIGHT, LONGER]),
        record(3, 1, [LONGER, OTHER], byte_start=50),
        record(3, 2, [RIGHT, OTHER], byte_start=70),
        record(3, 3, [CUT, CUT], byte_start=90),
    ]
    write_groups(made, 1, groups)
    return made


def page(client: Client, run: Run, **query: str) -> str:
    response = client.get(reverse("run-what-if", args=[run.pk, 3]), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_page_says_which_groups_gain_and_lose(client_signed_in: Client, run: Run) -> None:
    found = page(client_signed_in, run, rule="first_token")
    assert "<dd>2 → 2</dd>" in found
    assert all(words in found for words in ("Gains its gradient", "Loses its gradient", "Still without"))
    order = [found.index(f">#{number}</a>") for number in (1, 0, 2, 3)]  # gains, loses, keeps, still without
    assert order == sorted(order)


def test_page_says_what_the_record_does_not_tell(client_signed_in: Client, run: Run) -> None:
    write_groups(run, 2, [record(3, 0, [RIGHT, answer(1, b" list", b" list")])])
    found = page(client_signed_in, run, rule="dense")
    assert "needs a model" in found
    assert "python -m training reward --kind dense" in found
    export = f'href="/api/runs/{run.pk}/rollouts.jsonl?first=3&amp;last=3" download'
    assert export in found


def test_unknown_rule_is_the_usual_one_and_another_users_run_is_not_found(
    client_signed_in: Client, run: Run, client: Client
) -> None:
    assert 'value="first_token" selected' in page(client_signed_in, run, rule="best")
    assert client_signed_in.get(reverse("run-what-if", args=[run.pk, 4])).status_code == 404


def test_lost_rollouts_are_said(client_signed_in: Client, run: Run) -> None:
    for file in (run.folder_path / "rollouts").iterdir():
        file.unlink()
    response = client_signed_in.get(reverse("run-what-if", args=[run.pk, 3]))
    assert response.status_code == 410
    assert "not on this machine any more" in response.content.decode()

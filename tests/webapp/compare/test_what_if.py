"""Runs under two rewards, from stored groups: means, signal, places, what changes, and what is refused."""

from __future__ import annotations

import base64
import random
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_comparison import changed
from tests.webapp.made_rollouts import made_group
from tests.webapp.made_run import MadeRun, make_bare_run, write_groups
from training.contract.errors import ForesightError
from training.contract.rollout_file import GroupRecord
from webapp.compare.what_if import AS_USED, compare_rules
from webapp.runs.models import Run

TRUTH, BOUNDARIES = " of the", (3, 7)


def group(step: int, number: int, *predictions: tuple[str, str, float]) -> GroupRecord:
    """A group whose rollouts predict (text, its first token) and earned a reward."""
    whole = made_group(step, number, len(predictions), 0.5, random.Random(1))
    rollouts = [
        one.model_copy(
            update={
                "prediction": text,
                "prediction_base64": base64.b64encode(text.encode()).decode(),
                "first_token_base64": base64.b64encode(first.encode()).decode(),
                "first_probability": None,
                "reason": "match" if reward else "mismatch",
                "reward": reward,
                "truncated": False,
            }
        )
        for one, (text, first, reward) in zip(whole.rollouts, predictions, strict=True)
    ]
    changes = {"truth": TRUTH, "boundaries": BOUNDARIES, "rollouts": tuple(rollouts)}
    return whole.model_copy(update=changes)


RIGHT, FIRST_ONLY, WRONG = (" of", " of", 1.0), (" of a", " of", 0.0), (" it", " it", 0.0)


def made(user: Any, name: str, groups: list[GroupRecord]) -> Run:
    run = make_bare_run(user, MadeRun(name, "succeeded", 4, 4))
    run.experiment.config["method"]["reward"] = run.config["method"]["reward"] = "prefix"
    run.save()
    for step in sorted({one.step for one in groups}):
        write_groups(run, 1, [one for one in groups if one.step == step])
    return run


@pytest.fixture
def runs(home: Path, user: Any) -> list[Run]:
    """The first earns more as used, the second more by first tokens."""
    return [
        made(user, "one", [group(1, 0, RIGHT, WRONG), group(2, 0, RIGHT, WRONG)]),
        made(user, "other", [group(1, 0, FIRST_ONLY, FIRST_ONLY), group(2, 0, FIRST_ONLY, WRONG)]),
    ]


def test_means_signal_and_places_under_both_rules(runs: list[Run]) -> None:
    found = compare_rules(runs, "first_token", AS_USED, 1, 2)
    assert [(row.than.mean, row.than.signal, row.than.rank) for row in found.rows if row.than] == [
        (0.5, 1.0, 1),
        (0.0, 0.0, 2),
    ]
    assert [(row.rule.mean, row.rule.signal, row.rule.rank) for row in found.rows if row.rule] == [
        (0.5, 1.0, 2),
        (0.75, 0.5, 1),
    ]
    assert [(row.gains, row.loses, row.read, row.unknown) for row in found.rows] == [
        (0, 0, 2, 0),
        (1, 0, 2, 0),
    ]


def test_groups_that_change_most_come_first_with_both_rewards(runs: list[Run]) -> None:
    found = compare_rules(runs, "first_token", "prefix", 1, 2)
    assert [(one.run.name, one.row.step, one.before, one.after) for one in found.changed] == [
        ("other", 1, (0.0, 0.0), (1.0, 1.0)),
        ("other", 2, (0.0, 0.0), (1.0, 0.0)),
    ]


def test_range_of_steps_is_kept_to(runs: list[Run]) -> None:
    found = compare_rules(runs, "first_token", AS_USED, 2, 2)
    assert [(row.groups, row.rule.mean) for row in found.rows if row.rule] == [(1, 0.5), (1, 0.5)]
    assert [row.rule.rank for row in found.rows if row.rule] == [1, 1]  # equal means share a place


def test_groups_that_a_later_attempt_replaced_do_not_count(runs: list[Run]) -> None:
    write_groups(runs[1], 2, [group(2, 0, RIGHT, RIGHT)])
    found = compare_rules(runs, "prefix", AS_USED, 1, 2)
    assert found.rows[1].groups == 2
    assert found.rows[1].rule is not None and found.rows[1].rule.mean == 0.5


def test_rule_whose_probabilities_were_not_stored_is_not_guessed(runs: list[Run]) -> None:
    found = compare_rules(runs, "dense", AS_USED, 1, 2)
    assert [(row.unknown, row.rule) for row in found.rows] == [(2, None), (2, None)]


def test_long_range_is_read_evenly(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.compare.what_if.MOST_GROUPS", 4)
    write_groups(runs[0], 1, [group(step, 0, RIGHT, WRONG) for step in (3,)])
    write_groups(runs[0], 1, [group(step, 0, WRONG, WRONG) for step in (4,)])
    row = compare_rules(runs, "prefix", AS_USED, 1, 4).rows[0]
    assert (row.groups, row.read) == (4, 2)  # steps 1 and 3
    assert row.rule is not None and row.rule.mean == 0.5


def test_runs_on_different_text_are_not_ranked_and_it_says_why(
    home: Path, user: Any, runs: list[Run]
) -> None:
    other = runs[1].experiment
    other.corpus = made_corpus(home, user, name="another text")
    other.save()
    runs[1].refresh_from_db()
    found = compare_rules(runs, "first_token", AS_USED, 1, 2)
    assert "different text" in found.unlike
    assert [row.rule.rank for row in found.rows if row.rule] == [None, None]


@pytest.mark.parametrize(
    ("rule", "than", "first", "field"),
    [
        ("nonsense", AS_USED, 1, "rule"),
        ("used", AS_USED, 1, "rule"),
        ("prefix", "", 1, "than"),
        ("prefix", AS_USED, 3, "first"),
    ],
)
def test_mistake_names_its_field(runs: list[Run], rule: str, than: str, first: int, field: str) -> None:
    with pytest.raises(ForesightError) as caught:
        compare_rules(runs, rule, than, first, 2)
    assert caught.value.field == field


def test_runs_of_another_reward_are_refused_in_words(home: Path, user: Any) -> None:
    run = changed(make_bare_run(user), method={"kind": "rlvr"})
    with pytest.raises(ForesightError, match="None of these runs"):
        compare_rules([run], "prefix", AS_USED, 0, 1)


def test_part_of_the_page_has_the_table(runs: list[Run], client_signed_in: Client) -> None:
    numbers = ",".join(str(run.pk) for run in runs)
    page = client_signed_in.get(
        "/compare/what-if/", {"runs": numbers, "rule": "first_token"}
    ).content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "other trained with Prefix 0.000 0.750 +0.75 0 % 50 % 2 1 up 1 0 2 all" in words
    assert f"/runs/{runs[1].pk}/steps/1/groups/0/" in page
    bad = client_signed_in.get("/compare/what-if/", {"runs": numbers, "rule": "x", "first": "y"})
    assert (bad.status_code, "is not a step" in bad.content.decode()) == (200, True)


def test_another_users_runs_are_not_judged(runs: list[Run], other_user: Any, client: Client) -> None:
    client.force_login(other_user)
    assert client.get("/compare/what-if/", {"runs": str(runs[0].pk), "rule": "prefix"}).status_code == 404

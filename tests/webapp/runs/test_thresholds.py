"""Thresholds of the verdict: shown, edited, refused, used."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client

from tests.webapp.made_run import make_run
from webapp.runs.limits import Limits
from webapp.runs.models import VerdictLimits
from webapp.runs.thresholds import LABELS, limits_of

ADDRESS = "/runs/thresholds/"
USUAL = {name: f"{value:g}" for name, value in asdict(Limits()).items()}


def test_every_limit_has_words() -> None:
    assert set(LABELS) == set(USUAL)


def test_page_shows_every_threshold_with_its_usual_value(client_signed_in: Client) -> None:
    page = client_signed_in.get(ADDRESS).content.decode()
    assert all(f'name="{name}"' in page for name in LABELS)
    assert 'name="signal_good" inputmode="decimal" autocomplete="off" value="0.5"' in page


def test_stored_threshold_decides_the_verdict_of_ones_own_runs(
    client_signed_in: Client, user: Any, other_user: Any, home: Any
) -> None:
    run = make_run(user)
    assert (
        client_signed_in.post(ADDRESS, USUAL | {"kl_good": "0.00001", "kl_bad": "0.00002"}).status_code == 302
    )
    assert VerdictLimits.objects.get().values == {"kl_good": 1e-05, "kl_bad": 2e-05}
    page = client_signed_in.get(f"/runs/{run.pk}/parts/verdict/").content.decode()
    assert "KL over 1e-05" in page
    assert "Rollouts and update disagree on log-probs" in page
    assert limits_of(other_user.pk) == Limits()


def test_reset_goes_back_to_the_usual_ones(client_signed_in: Client, user: Any) -> None:
    client_signed_in.post(ADDRESS, USUAL | {"noise": "3"})
    assert limits_of(user.pk).noise == 3
    client_signed_in.post(ADDRESS, {"reset": "1"})
    assert limits_of(user.pk) == Limits()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"noise": "much"}, "“Learning: a change counts from” is no number from 0."),
        ({"noise": "-1"}, "“Learning: a change counts from” is no number from 0."),
        ({"noise": "nan"}, "“Learning: a change counts from” is no number from 0."),
        ({"signal_bad": "0.6"}, "“Signal: bad under” lies above “Signal: good from”."),
    ],
)
def test_bad_threshold_is_refused_with_the_input_kept(
    client_signed_in: Client, change: dict[str, str], said: str
) -> None:
    answer = client_signed_in.post(ADDRESS, USUAL | change)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page
    ((name, text),) = change.items()
    assert f'name="{name}" inputmode="decimal" autocomplete="off" value="{text}" aria-invalid="true"' in page
    assert not VerdictLimits.objects.exists()


def test_limits_of_an_older_version_are_left_out(user: Any) -> None:
    VerdictLimits.objects.create(owner=user, values={"gone": 1.0, "noise": 4.0})
    assert limits_of(user.pk) == Limits(noise=4.0)

"""The series and CSV endpoints of a run."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.urls import reverse

from tests.webapp.made_run import make_bare_run
from webapp.runs.models import MetricPoint, Run

TIME = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MS = 1767603600000


@pytest.fixture
def run(db: None, user: Any, settings: Any, tmp_path: Any) -> Run:
    settings.HOME = tmp_path
    run = make_bare_run(user)
    rows = [
        ("reward/mean", 1, 1, 0.1),
        ("reward/mean", 1, 2, 0.2),
        ("reward/mean", 2, 2, 0.25),
        ("a,b", 1, 1, 1e-5),
    ]
    for key, attempt, step, value in rows:
        MetricPoint.objects.create(run=run, key=key, attempt=attempt, step=step, value=value, time=TIME)
    return run


def series(client: Client, run: Run, query: str) -> Any:
    return client.get(f"{reverse('run-series', args=[run.pk])}?{query}")


def test_series_gives_the_current_curve_and_its_ghost(client_signed_in: Client, run: Run) -> None:
    answer = series(client_signed_in, run, "key=reward/mean").json()
    assert answer["series"]["reward/mean"] == {
        "step": [1, 2],
        "value": [0.1, 0.25],
        "time": [MS, MS],
        "attempt": [1, 2],
        "total": 2,
        "sampled": False,
        "ghost": [{"attempt": 1, "step": [2], "value": [0.2], "time": [MS]}],
    }


def test_series_after_a_step_gives_what_is_newer(client_signed_in: Client, run: Run) -> None:
    answer = series(client_signed_in, run, "key=reward/mean&after_step=1").json()
    assert answer["series"]["reward/mean"]["step"] == [2]


def test_series_of_a_zoom_gives_that_part(client_signed_in: Client, run: Run) -> None:
    answer = series(client_signed_in, run, "key=reward/mean&from=0&to=1").json()
    assert answer["series"]["reward/mean"]["step"] == [1]


def test_series_is_compressed_where_the_browser_takes_it(client_signed_in: Client, run: Run) -> None:
    MetricPoint.objects.bulk_create(
        MetricPoint(run=run, key="long", attempt=1, step=step, value=0.1, time=TIME) for step in range(1, 200)
    )
    address = f"{reverse('run-series', args=[run.pk])}?key=long"
    answer = client_signed_in.get(address, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content)) == client_signed_in.get(address).json()


def test_series_of_an_unknown_metric_is_empty(client_signed_in: Client, run: Run) -> None:
    assert series(client_signed_in, run, "key=no/such").json()["series"]["no/such"]["step"] == []


@pytest.mark.parametrize("query", ["after_step=x", "from=-1", "to=1.5", "to=9999999999999"])
def test_series_with_a_bad_step_is_400_with_a_sentence(
    client_signed_in: Client, run: Run, query: str
) -> None:
    answer = series(client_signed_in, run, f"key=reward/mean&{query}")
    assert answer.status_code == 400
    assert "is not a step" in answer.json()["error"]


def fetch_csv(user: Any, run: Run, query: str = "") -> tuple[Any, str]:
    client = AsyncClient()
    client.force_login(user)

    async def call() -> tuple[Any, str]:
        response = await client.get(reverse("run-csv", args=[run.pk]) + query)
        return response, b"".join([chunk async for chunk in response]).decode()

    return async_to_sync(call)()


def test_csv_holds_every_point_replaced_ones_too(user: Any, run: Run) -> None:
    response, text = fetch_csv(user, run)
    assert text == (
        "key,attempt,step,time,value\n"
        '"a,b",1,1,2026-01-05T09:00:00+00:00,1e-05\n'
        "reward/mean,1,1,2026-01-05T09:00:00+00:00,0.1\n"
        "reward/mean,1,2,2026-01-05T09:00:00+00:00,0.2\n"
        "reward/mean,2,2,2026-01-05T09:00:00+00:00,0.25\n"
    )
    assert response["Content-Disposition"] == 'attachment; filename="made-run.csv"'


def test_csv_of_one_metric_is_named_after_it(user: Any, run: Run) -> None:
    response, text = fetch_csv(user, run, "?key=a,b")
    assert text.count("\n") == 2
    assert response["Content-Disposition"] == 'attachment; filename="made-run-a-b.csv"'


def test_another_users_metrics_are_404(client: Client, run: Run, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("stranger", password="a-long-password-1"))
    assert series(client, run, "key=reward/mean").status_code == 404
    assert client.get(reverse("run-csv", args=[run.pk])).status_code == 404

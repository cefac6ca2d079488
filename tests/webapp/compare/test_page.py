"""The page of a comparison, its data, and whose runs it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.webapp.made_comparison import evaluated, make_comparison
from tests.webapp.made_run import MadeRun, make_bare_run, make_run
from tests.webapp.made_tuning import make_tuning_run


def page_of(client: Client, *runs: Any, **query: str) -> str:
    numbers = ",".join(str(run.pk) for run in runs)
    answer = client.get("/compare/", {"runs": numbers, **query})
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_page_lays_out_settings_values_scores_and_links(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    runs = make_comparison(user)
    page = page_of(client_signed_in, *runs)
    words = words_of(page)
    assert "Seed seed 0 1 0 1" in words
    assert "Learning rate optimisation.learning_rate 1e-05 1e-05 5e-05 5e-05" in words
    assert "Where the metrics stand" in words
    assert "200 positions" in words and "different sets" not in words
    # 70 of 200 against 40 of 200 is 15 points more.
    assert "35.0 % 29 % to 42 % +15.0 +6.3 to +23.4" in words
    assert f"/runs/{runs[0].pk}/steps/24/what-if/?rule=dense" in page
    data = json.loads(
        re.findall(r'<script id="compare-data" type="application/json">(.*?)</script>', page)[0]
    )
    assert [run["slot"] for run in data["runs"]] == [0, 1, 2, 3]
    assert data["tiles"][0] == "reward/mean"
    assert "perf/max_memory_allocated_gb" in data["other"]
    assert data["active"] is False


def test_pinned_run_is_what_others_are_compared_with(home: Path, user: Any, client_signed_in: Client) -> None:
    first, second, *_ = make_comparison(user)
    page = page_of(client_signed_in, first, second, pin=str(second.pk))
    assert "20.0 % 15 % to 26 % −15.0 −23.4 to −6.3" in words_of(page)
    assert re.findall(r'data-line="(\d+)"\s+data-pinned', page) == [str(second.pk)]


def test_runs_measured_on_unlike_sets_are_told_apart(home: Path, user: Any, client_signed_in: Client) -> None:
    one = evaluated(make_run(user, MadeRun("one", steps=3)), 40)
    other = evaluated(make_run(user, MadeRun("other", steps=3)), 40, positions="b" * 16)
    words = words_of(page_of(client_signed_in, one, other))
    assert "measured on 2 different sets: one on 200 positions; other on 200 positions" in words


def test_empty_partial_and_strange_addresses_each_say_what_they_are(
    home: Path, user: Any, other_user: Any, client_signed_in: Client
) -> None:
    mine, theirs = make_bare_run(user), make_bare_run(other_user)
    assert "No runs are chosen" in client_signed_in.get("/compare/").content.decode()
    assert client_signed_in.get("/compare/", {"runs": theirs.pk}).status_code == 404
    assert client_signed_in.get("/compare/series/", {"runs": theirs.pk, "key": "a"}).status_code == 404
    pair = {"one": mine.pk, "other": theirs.pk}
    assert client_signed_in.get("/compare/contexts/", pair).status_code == 404
    words = words_of(page_of(client_signed_in, mine, theirs))
    assert "1 run of this address is not there, or not yours." in words
    assert "One run has nothing to be compared with." in words
    assert "No run has done a step yet." in words
    assert theirs.name not in words or theirs.name == mine.name


def test_signed_out_asks_to_sign_in(db: None) -> None:
    assert Client().get("/compare/").status_code == 302


def test_series_are_lines_of_runs_or_of_groups(home: Path, user: Any, client_signed_in: Client) -> None:
    runs = make_comparison(user, steps=5)
    query = {"runs": ",".join(str(run.pk) for run in runs), "key": ["reward/mean", "no/such"]}
    lines = client_signed_in.get("/compare/series/", query).json()["series"]
    assert sorted(lines["reward/mean"]) == sorted(str(run.pk) for run in runs)
    assert lines["reward/mean"][str(runs[0].pk)]["step"] == [1, 2, 3, 4, 5]
    assert lines["no/such"] == {}
    part = client_signed_in.get("/compare/series/", {**query, "from": 2, "to": 3, "times": 1}).json()[
        "series"
    ]
    assert part["reward/mean"][str(runs[0].pk)]["step"] == [2, 3]
    assert len(part["reward/mean"][str(runs[0].pk)]["time"]) == 2
    grouped = {**query, "group": "optimisation.learning_rate"}
    groups = client_signed_in.get("/compare/series/", grouped).json()["groups"]["reward/mean"]
    assert [(group["label"], group["runs"]) for group in groups] == [("1e-05", 2), ("5e-05", 2)]
    assert client_signed_in.get("/compare/series/", {**query, "from": "x"}).status_code == 400


def test_page_takes_no_more_queries_for_more_runs(home: Path, user: Any, client_signed_in: Client) -> None:
    runs = make_comparison(user, steps=3)
    counts = []
    for chosen in (runs[:2], runs):
        page_of(client_signed_in, *chosen)
        with CaptureQueriesContext(connection) as queries:
            page_of(client_signed_in, *chosen)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_contexts_say_who_wins_or_why_they_cannot(home: Path, user: Any, client_signed_in: Client) -> None:
    one = make_run(user, MadeRun("one", steps=8, seed=1))
    other = make_run(user, MadeRun("other", steps=8, seed=2))
    answer = client_signed_in.get("/compare/contexts/", {"one": one.pk, "other": other.pk})
    words = words_of(answer.content.decode())
    assert re.search(r"Of \d+ contexts that both were asked at, one earned more at", words)
    assert f"/runs/{one.pk}/steps/" in answer.content.decode()
    same = client_signed_in.get("/compare/contexts/", {"one": one.pk, "other": one.pk})
    assert "That is one and the same run." in words_of(same.content.decode())
    tuning = make_tuning_run(user)
    refused = client_signed_in.get("/compare/contexts/", {"one": one.pk, "other": tuning.pk})
    assert "draws no rollouts" in words_of(refused.content.decode())


def test_list_offers_ticks_and_keeps_those_of_the_address(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    one, other = make_bare_run(user, MadeRun("one")), make_bare_run(user, MadeRun("other"))
    page = client_signed_in.get("/runs/", {"with": f"{one.pk},999"}).content.decode()
    ticks = re.findall(r'name="runs" value="(\d+)" form="bulk-form"[^>]*?(checked)?>', page)
    assert sorted(ticks) == sorted([(str(one.pk), "checked"), (str(other.pk), "")])
    assert '<input type="hidden" name="runs" value="999">' in page
    assert 'name="runs" value="' not in client_signed_in.get("/").content.decode()

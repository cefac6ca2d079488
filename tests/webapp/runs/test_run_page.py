"""The page of one run: its tabs, its parts, its states, and who may see it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.made_run import MadeRun, make_bare_run, make_run
from webapp.jobs.models import JobEvent
from webapp.runs.models import Run, VerdictLimits
from webapp.runs.tiles import lines_of, shown_tiles


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path


@pytest.fixture
def run(user: Any, _home: None) -> Run:
    return make_run(user, MadeRun(steps=3, steps_asked=5))


def get(client: Client, run: Run, **query: str) -> str:
    answer = client.get(reverse("run", args=[run.pk]), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def data_of(page: str, name: str) -> Any:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_overview_carries_its_data_and_the_cursor(client_signed_in: Client, run: Run) -> None:
    page = get(client_signed_in, run)
    data = data_of(page, "run-data")
    newest = JobEvent.objects.filter(job=run.job).order_by("-pk").values_list("pk", flat=True)[0]
    assert (data["job"], data["cursor"]) == (run.job_id, newest)
    assert data["live"]["run"]["step"] == 3
    assert data["live"]["run"]["eta_seconds"] == 36.0
    assert data["urls"]["step"] == f"/runs/{run.pk}/steps/0/"


def test_reward_tile_has_both_baselines(client_signed_in: Client, run: Run) -> None:
    metrics = data_of(get(client_signed_in, run), "metrics-data")
    assert metrics["tiles"][0] == {
        "key": "reward/mean",
        "unit": "",
        "baselines": [
            {"key": "baseline/constant", "label": "Best constant answer"},
            {"key": "baseline/argmax", "label": "Plain argmax, same weights"},
        ],
        "limits": [],
    }
    assert "perf/max_memory_allocated_gb" in metrics["other"]
    assert "reward/mean" not in metrics["other"]


@pytest.mark.parametrize(
    ("method", "first", "last", "lines"),
    [
        ("rpt", "reward/mean", "eval/reasoning/easy", ["baseline/constant", "baseline/argmax"]),
        ("rlpt", "reward/mean", "eval/segments/asr", ["reward/asr", "reward/msr"]),
        ("rlvr", "reward/mean", "eval/answers/pass_1", []),
    ],
)
def test_tiles_are_those_of_the_method(
    run: Run, method: str, first: str, last: str, lines: list[str]
) -> None:
    run.config |= {"method": {"kind": method}, "evaluation": {"every": 5}}
    tiles = shown_tiles(run)
    assert (tiles[0].key, tiles[-1].key) == (first, last)
    assert [base.key for base in lines_of(run, tiles[0])] == lines


def test_charts_are_given_the_limits_of_their_checks_as_the_person_set_them(
    client_signed_in: Client, run: Run
) -> None:
    VerdictLimits.objects.create(owner=run.owner, values={"kl_good": 0.01})
    tiles = {tile["key"]: tile for tile in data_of(get(client_signed_in, run), "metrics-data")["tiles"]}
    assert tiles["update/kl"]["limits"] == [
        {"value": 0.01, "words": "good under 0.01", "tone": "warn"},
        {"value": 0.2, "words": "bad from 0.2", "tone": "bad"},
    ]
    assert tiles["policy/entropy"]["limits"] == [{"value": 0.1, "words": "bad under 0.1", "tone": "bad"}]


def test_every_tile_says_its_formula_and_raw_key(client_signed_in: Client, run: Run) -> None:
    page = get(client_signed_in, run)
    assert "share of the sampled groups whose rewards are not all equal" in page
    assert "<code>groups/effective</code>" in page


def test_run_without_events_says_what_it_waits_for(client_signed_in: Client, user: Any) -> None:
    page = get(client_signed_in, make_bare_run(user, MadeRun(state="queued")))
    assert "It starts within a few seconds." in page
    assert "No rollouts yet" in page
    assert "not recorded yet" in page


def test_run_that_waits_for_its_next_attempt_says_so(client_signed_in: Client, user: Any) -> None:
    run = make_bare_run(user, MadeRun(state="queued", error={"message": "It was killed."}))
    run.job.attempt = 2
    run.job.save()
    page = get(client_signed_in, run)
    assert "Waiting to restart" in page
    assert "Attempt 2 ended." in page
    assert "It was killed." in page


def test_baselines_that_are_switched_off_are_said_to_be(client_signed_in: Client, run: Run) -> None:
    assert "baselines are not enabled" not in get(client_signed_in, run)
    run.config["evaluation"]["baselines"] = False
    run.save()
    assert "baselines are not enabled" in get(client_signed_in, run)


def test_config_of_an_older_schema_stays_readable(client_signed_in: Client, run: Run) -> None:
    run.config = {"schema_version": 0, "gone": {"setting": "ä"}}
    run.save()
    assert "setting: ä" in get(client_signed_in, run, tab="config")
    assert client_signed_in.get(reverse("run", args=[run.pk])).status_code == 200


def test_failed_run_says_message_field_remedy_log_and_offers_to_resume(
    client_signed_in: Client, user: Any
) -> None:
    error = {"message": "No memory.", "field": "sampling", "remedy": "Use less.", "log": ["last words"]}
    page = get(client_signed_in, make_bare_run(user, MadeRun(state="failed", error=error)))
    for words in ("No memory.", "sampling", "Use less.", "last words", 'data-opens="#resume-dialog"'):
        assert words in page
    assert 'data-opens="#cancel-dialog"' not in page


def test_finished_short_says_how_far_it_came(client_signed_in: Client, user: Any) -> None:
    run = make_bare_run(user, MadeRun(state="finished_short"))
    Run.objects.filter(pk=run.pk).update(step=7)
    assert "after 7 of 30 steps" in get(client_signed_in, run)


def test_warning_that_training_logged_is_shown(client_signed_in: Client, run: Run) -> None:
    payload = {"type": "log", "level": "warning", "text": "<b>damaged</b> checkpoint"}
    JobEvent.objects.create(job=run.job, attempt=1, seq=99, type="log", time=timezone.now(), payload=payload)
    assert "&lt;b&gt;damaged&lt;/b&gt; checkpoint" in get(client_signed_in, run)


def test_groups_tab_lists_steps_newest_first(client_signed_in: Client, run: Run) -> None:
    page = get(client_signed_in, run, tab="groups")
    assert [int(n) for n in re.findall(r">Step (\d+)</a>", page)] == [3, 2, 1]
    assert "Worst groups of step 3" in page


def test_config_tab_shows_the_settings_as_yaml(client_signed_in: Client, run: Run) -> None:
    page = get(client_signed_in, run, tab="config")
    assert "contexts_per_step: 8" in page


def test_log_tab_shows_the_tail(client_signed_in: Client, run: Run) -> None:
    page = get(client_signed_in, run, tab="log")
    assert "attempt 1 starts at step 1" in page
    assert data_of(page, "log-data")["newest"] is True


def test_unknown_tab_or_part_is_404(client_signed_in: Client, run: Run) -> None:
    assert client_signed_in.get(reverse("run", args=[run.pk]), {"tab": "x"}).status_code == 404
    assert client_signed_in.get(reverse("run-part", args=[run.pk, "x"])).status_code == 404


@pytest.mark.parametrize("part", ["head", "verdict", "stages", "worst"])
def test_part_is_the_same_element_that_the_page_holds(client_signed_in: Client, run: Run, part: str) -> None:
    fragment = client_signed_in.get(reverse("run-part", args=[run.pk, part])).content.decode()
    element = re.search(r'id="([\w-]+)"', fragment)
    assert element
    assert f'id="{element.group(1)}"' in get(client_signed_in, run)


def test_details_of_stages_are_in_the_language_of_the_page(client_signed_in: Client, run: Run) -> None:
    stage = {"stage": "documents", "status": "finished", "detail": "12 documents to train on, 3 held out"}
    JobEvent.objects.filter(job=run.job, type="stage").delete()
    JobEvent.objects.create(
        job=run.job, attempt=run.job.attempt, seq=10_000, type="stage", time=timezone.now(), payload=stage
    )
    address = reverse("run-part", args=[run.pk, "stages"])
    assert "12 documents to train on, 3 held out" in client_signed_in.get(address).content.decode()
    client_signed_in.post("/language/", {"language": "zh-hans"})
    assert "12 个文档用于训练，留出 3 个" in client_signed_in.get(address).content.decode()


def test_run_page_needs_few_queries(
    client_signed_in: Client, run: Run, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(21):
        get(client_signed_in, run)


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("run", []), ("run-part", ["head"]), ("run-series", []), ("run-csv", []), ("run-log", []),
        ("run-log-file", [1]), ("run-step", [1]), ("run-group", [1, 0]), ("run-checkpoints", []),
        ("checkpoint-archive", [10]), ("checkpoint-file", [10, "model/config.json"]),
    ],
)  # fmt: skip
def test_other_users_run_is_404_everywhere(
    client: Client, other_user: Any, run: Run, name: str, extra: list[Any]
) -> None:
    client.force_login(other_user)
    assert client.get(reverse(name, args=[run.pk, *extra])).status_code == 404


@pytest.mark.parametrize("name", ["run-cancel", "run-resume"])
def test_other_users_run_cannot_be_acted_on(client: Client, other_user: Any, run: Run, name: str) -> None:
    client.force_login(other_user)
    assert client.post(reverse(name, args=[run.pk])).status_code == 404

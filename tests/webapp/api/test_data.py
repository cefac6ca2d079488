"""Metrics, rollouts and checkpoints over the API, each operation with exact values."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from tests.webapp.api.conftest import Program
from tests.webapp.audits.made import make_judged_run
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint, make_run
from training.contract.rollout_file import GroupRecord
from webapp.runs.models import MetricPoint, Rollout, RolloutGroup, Run

TIME = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MS = 1767603600000


def stream(program: Program, path: str, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer that is sent in pieces, read as an ASGI server reads it."""

    async def call() -> tuple[int, Any, bytes]:
        answer = await AsyncClient().get(f"/api{path}", headers=program.headers | headers)
        body = b"".join([part async for part in answer]) if answer.streaming else answer.content
        return answer.status_code, answer.headers, body

    return async_to_sync(call)()


@pytest.fixture
def measured(program: Program, user: Any) -> Run:
    """A run whose second attempt began again at step 2."""
    run = make_bare_run(user)
    rows = [
        ("reward/mean", 1, 1, 0.1),
        ("reward/mean", 1, 2, 0.2),
        ("reward/mean", 2, 2, 0.25),
        ("actor/odd", 1, 1, 1e-5),
    ]
    for key, attempt, step, value in rows:
        MetricPoint.objects.create(run=run, key=key, attempt=attempt, step=step, value=value, time=TIME)
    return run


def test_metrics_are_named_with_what_they_count(program: Program, measured: Run) -> None:
    assert program.get(f"/runs/{measured.pk}/metrics").json() == [
        {"key": "actor/odd", "label": "", "unit": "", "formula": "", "healthy": ""},
        {
            "key": "reward/mean",
            "label": "Reward, mean",
            "unit": "",
            "formula": "mean over the step's rollouts of r (RPT Eq. 3, RLPT 3.2)",
            "healthy": "up",
        },
    ]


def test_series_of_several_metrics_with_ghosts(program: Program, measured: Run) -> None:
    found = program.get(f"/runs/{measured.pk}/series?key=reward/mean&key=actor/odd&key=none").json()
    assert found["run"] == measured.pk
    assert found["series"]["reward/mean"] == {
        "step": [1, 2],
        "value": [0.1, 0.25],
        "time": [MS, MS],
        "attempt": [1, 2],
        "total": 2,
        "sampled": False,
        "ghost": [{"attempt": 1, "step": [2], "value": [0.2], "time": [MS]}],
    }
    assert found["series"]["actor/odd"]["value"] == [1e-5]
    assert found["series"]["none"]["step"] == []


def test_series_of_some_steps(program: Program, measured: Run) -> None:
    first = program.get(f"/runs/{measured.pk}/series?key=reward/mean&first=2").json()
    assert first["series"]["reward/mean"]["step"] == [2]
    last = program.get(f"/runs/{measured.pk}/series?key=reward/mean&last=1").json()
    assert last["series"]["reward/mean"]["step"] == [1]


def test_series_is_downsampled_with_its_extremes(program: Program, user: Any) -> None:
    run = make_bare_run(user)
    MetricPoint.objects.bulk_create(
        MetricPoint(
            run=run, key="k", attempt=1, step=step, time=TIME, value={40: -9.0, 77: 9.0}.get(step, 0.5)
        )
        for step in range(1, 101)
    )
    found = program.get(f"/runs/{run.pk}/series?key=k&points=11").json()["series"]["k"]
    assert (found["total"], found["sampled"]) == (100, True)
    assert len(found["step"]) <= 11
    assert (min(found["value"]), max(found["value"]), found["step"][-1]) == (-9.0, 9.0, 100)


@pytest.mark.parametrize(
    ("query", "field"), [("", "key"), ("?key=a&points=2", "points"), ("?key=a&first=x", "first")]
)
def test_series_with_a_mistake_names_its_field(
    program: Program, measured: Run, query: str, field: str
) -> None:
    answer = program.get(f"/runs/{measured.pk}/series{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_csv_holds_every_point(program: Program, measured: Run) -> None:
    status, headers, body = stream(program, f"/runs/{measured.pk}/metrics.csv?key=reward/mean")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert body.decode() == (
        "key,attempt,step,time,value\n"
        "reward/mean,1,1,2026-01-05T09:00:00+00:00,0.1\n"
        "reward/mean,1,2,2026-01-05T09:00:00+00:00,0.2\n"
        "reward/mean,2,2,2026-01-05T09:00:00+00:00,0.25\n"
    )
    assert stream(program, f"/runs/{measured.pk}/metrics.csv")[2].count(b"\n") == 5


@pytest.fixture
def sampled(program: Program, user: Any) -> Run:
    """A run with two steps of six groups of eight rollouts."""
    return make_run(user, MadeRun("made", "succeeded", 2, 2))


def test_steps_are_listed_newest_first(program: Program, sampled: Run) -> None:
    found = program.get(f"/runs/{sampled.pk}/steps").json()
    assert [(item["step"], item["groups"], item["rollouts"]) for item in found["items"]] == [
        (2, 6, 48),
        (1, 6, 48),
    ]
    (rewards,) = {item["hit_rate"] for item in found["items"] if item["step"] == 2}
    assert rewards == sum(Rollout.objects.filter(group__step=2).values_list("reward", flat=True)) / 48


def test_groups_of_a_step_are_filtered_and_sorted(program: Program, sampled: Run) -> None:
    path = f"/runs/{sampled.pk}/steps/2/groups"
    rows = RolloutGroup.objects.filter(step=2)
    found = program.get(path).json()
    assert [item["group"] for item in found["items"]] == [0, 1, 2, 3, 4, 5]
    one = found["items"][0]
    row = rows.get(group=0)
    assert (one["truth"], one["entropy"], one["samples"]) == (row.truth, row.entropy, 8)
    assert sum(one["misses"].values()) == 8 - one["hits"]
    by_entropy = program.get(path, sort="entropy").json()["items"]
    assert [item["entropy"] for item in by_entropy] == sorted((r.entropy for r in rows), reverse=True)
    without_box = program.get(path, reason="no_box").json()["items"]
    assert {item["group"] for item in without_box} == set(
        rows.filter(rollouts__reason="no_box").values_list("group", flat=True)
    )
    effective = program.get(path, effective=True).json()["items"]
    assert all(0 < item["hits"] < 8 for item in effective)
    answer = program.get(f"/runs/{sampled.pk}/steps/9/groups")
    assert (answer.status_code, answer.json()["error"]) == (404, "Step 9 has no rollouts.")
    assert program.get(path, reason="wrong").json()["field"] == "reason"


def test_group_is_read_as_it_is_stored(program: Program, sampled: Run) -> None:
    answer = program.get(f"/runs/{sampled.pk}/steps/1/groups/3")
    record = GroupRecord.model_validate_json(answer.content)
    assert (record.step, record.group, len(record.rollouts)) == (1, 3, 8)
    assert record.rollouts[0].logprobs
    answer = program.get(f"/runs/{sampled.pk}/steps/1/groups/6")
    assert (answer.status_code, answer.json()["error"]) == (404, "Step 1 has no group 6.")


def test_group_whose_file_is_gone_is_410(program: Program, sampled: Run) -> None:
    (sampled.folder_path / "rollouts" / "step_000001.zst").unlink()
    answer = program.get(f"/runs/{sampled.pk}/steps/1/groups/3")
    assert answer.status_code == 410
    assert answer.json()["error"] == "The rollouts of step 1 are not on this machine any more."
    assert program.get(f"/runs/{sampled.pk}/steps/1/what-if", rule="dense").status_code == 410


def test_same_context_is_found_at_other_steps(program: Program, sampled: Run) -> None:
    found = program.get(f"/runs/{sampled.pk}/steps/1/groups/3/elsewhere").json()
    assert [(item["step"], item["group"]) for item in found] == [(2, 3)]


def test_step_under_another_reward(program: Program, sampled: Run) -> None:
    found = program.get(f"/runs/{sampled.pk}/steps/1/what-if", rule="prefix").json()
    assert (found["rule"], found["used"], found["total"]) == ("prefix", "prefix", 6)
    assert found["before"] == found["after"]
    assert found["mean_before"] == found["mean_after"]
    assert {one["change"] for one in found["groups"]} <= {"keeps", "none"}
    dense = program.get(f"/runs/{sampled.pk}/steps/1/what-if", rule="dense").json()
    assert (dense["after"], dense["mean_after"]) == (None, None)  # no probabilities are stored
    assert program.get(f"/runs/{sampled.pk}/steps/1/what-if").json()["field"] == "rule"


def test_groups_of_segments_are_listed_by_kind_and_have_no_other_reward(program: Program, user: Any) -> None:
    run = make_judged_run(user, steps=1)
    found = program.get(f"/runs/{run.pk}/steps/1/groups", kind="msr").json()
    assert [(item["group"], item["kind"]) for item in found["items"]] == [(1, "msr"), (3, "msr")]
    answer = program.get(f"/runs/{run.pk}/steps/1/what-if", rule="dense")
    assert (answer.status_code, answer.json()["error"]) == (404, "Only next-token groups have other rewards.")


def test_rollouts_are_exported_in_order(program: Program, sampled: Run) -> None:
    status, headers, body = stream(program, f"/runs/{sampled.pk}/rollouts.jsonl?first=2&last=2")
    assert (status, headers["Content-Type"]) == (200, "application/x-ndjson")
    assert headers["Content-Disposition"] == 'attachment; filename="made-rollouts.jsonl"'
    rows = [json.loads(line) for line in body.splitlines()]
    assert [(row["step"], row["group"], row["sample"]) for row in rows] == [
        (2, f"2/{group}", sample) for group in range(6) for sample in range(8)
    ]
    record = GroupRecord.model_validate_json(program.get(f"/runs/{sampled.pk}/steps/2/groups/0").content)
    assert rows[0]["context"] == record.context
    assert rows[0]["continuation"] == record.truth
    assert rows[0]["response"] == record.rollouts[0].response
    assert rows[0]["think_prefilled"] is True
    assert "logprobs" not in rows[0]
    assert len(stream(program, f"/runs/{sampled.pk}/rollouts.jsonl")[2].splitlines()) == 96


def test_export_takes_one_reason_and_tokens(program: Program, sampled: Run) -> None:
    body = stream(program, f"/runs/{sampled.pk}/rollouts.jsonl?reason=match&tokens=true")[2]
    rows = [json.loads(line) for line in body.splitlines()]
    assert len(rows) == Rollout.objects.filter(reason="match").count() > 0
    assert all(row["reason"] == "match" and len(row["logprobs"]) == len(row["token_ids"]) for row in rows)


def test_exported_group_that_cannot_be_read_says_so(program: Program, sampled: Run) -> None:
    (sampled.folder_path / "rollouts" / "step_000001.zst").write_bytes(b"damaged")
    rows = [
        json.loads(line) for line in stream(program, f"/runs/{sampled.pk}/rollouts.jsonl")[2].splitlines()
    ]
    assert [row["group"] for row in rows if "error" in row] == [f"1/{group}" for group in range(6)]
    assert rows[0]["error"].startswith("The rollouts of step 1 cannot be read:")
    assert sum("response" in row for row in rows) == 48


def test_exported_rows_are_judged_again_as_they_were(program: Program, sampled: Run) -> None:
    from training.rewards.rescore import ResponseRow

    body = stream(program, f"/runs/{sampled.pk}/rollouts.jsonl?last=1")[2]
    rows = [ResponseRow.model_validate_json(line) for line in body.splitlines()]
    assert len(rows) == 48
    assert all(row.think_prefilled for row in rows)
    assert any(row.truncated for row in rows)


@pytest.fixture
def saved(program: Program, user: Any) -> Run:
    run = make_bare_run(user)
    make_checkpoint(run, 10, removed=True)
    make_checkpoint(run, 20)
    make_checkpoint(run, 30)
    return run


def test_checkpoints_are_listed_with_their_files(program: Program, saved: Run) -> None:
    found = program.get(f"/runs/{saved.pk}/checkpoints").json()
    assert [(one["step"], one["removed"], one["best"]) for one in found] == [
        (30, False, True),
        (20, False, False),
        (10, True, False),
    ]
    assert (found[0]["reference"], found[0]["reward"]) == (f"run:{saved.pk}/step:30", 0.3)
    assert found[0]["files"][0] == {
        "path": "model/config.json",
        "bytes": 24,
        "sha256": hashlib.sha256(b'{"model_type": "llama"}\n').hexdigest(),
    }


def test_file_of_a_checkpoint_resumes(program: Program, saved: Run) -> None:
    path = f"/runs/{saved.pk}/checkpoints/20/files/model/model.safetensors"
    status, headers, whole = stream(program, path)
    assert (status, len(whole)) == (200, 1282)
    assert headers["ETag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    ask = {"Range": "bytes=1000-", "If-Range": headers["ETag"]}
    status, part, rest = stream(program, path, **ask)
    assert (status, part["Content-Range"]) == (206, "bytes 1000-1281/1282")
    assert whole[:1000] + rest == whole
    assert stream(program, path, Range="bytes=1282-")[0] == 416
    assert program.client.head(f"/api{path}", headers=program.headers).headers["Content-Length"] == "1282"


@pytest.mark.parametrize("path", ["model/other", "../../experiment.yaml", "manifest.json"])
def test_file_that_is_not_listed_is_404(program: Program, saved: Run, path: str) -> None:
    answer = program.get(f"/runs/{saved.pk}/checkpoints/20/files/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "The checkpoint holds no such file, or the disk has lost it."


def test_archive_of_a_checkpoint_resumes(program: Program, saved: Run) -> None:
    path = f"/runs/{saved.pk}/checkpoints/30/archive.tar"
    status, headers, whole = stream(program, path)
    assert (status, headers["Content-Type"]) == (200, "application/x-tar")
    rest = stream(program, path, Range="bytes=513-")[2]
    assert whole[:513] + rest == whole
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        assert archive.getnames()[0] == "made-run-step-000030/manifest.json"
    head = program.client.head(f"/api{path}", headers=program.headers)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(whole)), b"")


def test_removed_checkpoint_is_404_with_its_reason(program: Program, saved: Run) -> None:
    answer = program.get(f"/runs/{saved.pk}/checkpoints/10/archive.tar")
    assert answer.status_code == 404
    assert answer.json()["error"] == (
        "There is no checkpoint of step 10; older ones are deleted when newer ones are saved."
    )

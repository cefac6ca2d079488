"""The list of a step's groups and the page of one group."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_rollouts import made_group
from tests.webapp.made_run import make_bare_run, write_groups
from training.contract.rollout_file import GroupRecord, RolloutRecord, rollout_file
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.group import group_view
from webapp.trajectories.listing import neighbours


def rollout(
    sample: int, prediction: bytes | None, reason: str, reward: float, advantage: float
) -> RolloutRecord:
    return RolloutRecord(
        sample=sample,
        response=f"thought {sample}",
        thought=f"thought {sample}",
        prediction=None if prediction is None else prediction.decode("utf-8", "replace"),
        prediction_base64=None if prediction is None else base64.b64encode(prediction).decode(),
        reason=reason,
        reward=reward,
        advantage=advantage,
        truncated=reason == "truncated",
        token_ids=(1, 2, 3),
        token_texts=("a", "b", "c"),
        logprobs=(-0.1, -0.2, -0.3),
    )


def record(step: int, group: int, rollouts: list[RolloutRecord], byte_start: int = 7) -> GroupRecord:
    return GroupRecord(
        step=step, group=group, document=0, document_name="Doc", token_index=4, byte_start=byte_start,
        byte_end=byte_start + 5, entropy=1.5, context="The <b>ctx</b>", prompt="the prompt", truth=" size and",
        boundaries=(5, 9), argmax=" size", rollouts=tuple(rollouts),
    )  # fmt: skip


HIT = rollout(0, b" size", "match", 1.0, 0.7)
MISS = rollout(1, b" si\xff", "mismatch", 0.0, -0.7)
CUT = rollout(1, None, "truncated", 0.0, 0.0)
WRONG = rollout(0, b"no", "mismatch", 0.0, 0.0)


@pytest.fixture
def run(user: Any, settings: Any, tmp_path: Any) -> Run:
    settings.HOME = tmp_path
    run = make_bare_run(user)
    write_groups(run, 1, [record(3, 0, [HIT, MISS]), record(3, 1, [WRONG, CUT], byte_start=50)])
    write_groups(run, 1, [record(5, 0, [HIT, MISS])])
    return run


def step_page(client: Client, run: Run, step: int, **query: str) -> str:
    return str(client.get(reverse("run-step", args=[run.pk, step]), query).content.decode())


def group_page(client: Client, run: Run, step: int, group: int) -> str:
    answer = client.get(reverse("run-group", args=[run.pk, step, group]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def groups_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r">#(\d+)</a>", page)]


def test_step_lists_groups_with_hits_and_misses(client_signed_in: Client, run: Run) -> None:
    page = step_page(client_signed_in, run, 3)
    assert groups_of(page) == [0, 1]
    assert "1 of 2" in page
    assert "0 of 2" in page
    assert "1 mismatch, 1 truncated" in page or "1 truncated, 1 mismatch" in page
    assert "·size·and" in page
    assert "<b>ctx</b>" not in page


def test_step_filters_and_sorts(client_signed_in: Client, run: Run) -> None:
    assert groups_of(step_page(client_signed_in, run, 3, effective="1")) == [0]
    assert groups_of(step_page(client_signed_in, run, 3, reason="truncated")) == [1]
    assert groups_of(step_page(client_signed_in, run, 3, sort="worst")) == [1, 0]
    assert "No group matches" in step_page(client_signed_in, run, 3, reason="unbalanced")


def test_step_leads_to_its_neighbours_and_keeps_the_filter(client_signed_in: Client, run: Run) -> None:
    page = step_page(client_signed_in, run, 3, effective="1")
    assert f"{reverse('run-step', args=[run.pk, 5])}?effective=1" in page


def test_step_without_rollouts_leads_to_others(client_signed_in: Client, run: Run) -> None:
    answer = client_signed_in.get(reverse("run-step", args=[run.pk, 4]))
    assert answer.status_code == 404
    assert "No rollouts were recorded for this step" in answer.content.decode()


def test_later_attempt_of_a_step_takes_its_place(client_signed_in: Client, run: Run) -> None:
    write_groups(run, 2, [record(3, 0, [WRONG, CUT])])
    assert groups_of(step_page(client_signed_in, run, 3)) == [0]


def test_group_page_shows_ruler_classes_and_the_same_context(client_signed_in: Client, run: Run) -> None:
    page = group_page(client_signed_in, run, 3, 0)
    assert "1 of 2 hit, std 0.71" in page
    assert "Hit, 1 token" in page
    assert "Shared bytes: 3" in page
    assert "+0.70" in page
    assert "−0.70" in page
    assert "The &lt;b&gt;ctx&lt;/b&gt;" in page
    assert f'{reverse("run-group", args=[run.pk, 5, 0])}">Step 5</a>' in page
    assert "differ from the reward computed here" not in page


def test_group_counts_truncated_responses_apart_from_others_without_an_answer() -> None:
    no_box = rollout(2, None, "no_box", 0.0, 0.0)
    view = group_view(record(3, 0, [WRONG, CUT, no_box, no_box]))
    assert [(kind.label, count) for kind, count in view.classes] == [
        ("Truncated, ran out of tokens", 1),
        ("No answer", 2),
        ("Wrong", 1),
    ]
    assert {found.row.kind.key for found in view.rollouts[1:]} == {"no_answer"}


def test_ruler_has_visible_column_headings(client_signed_in: Client, run: Run) -> None:
    head = group_page(client_signed_in, run, 3, 0).split("<thead>")[1].split("</thead>")[0]
    assert re.findall(r">([A-Z][a-z]+)<", head) == ["Rollout", "Reward", "Advantage", "Class", "Bytes"]


def test_group_without_signal_says_so(client_signed_in: Client, run: Run) -> None:
    assert "0 of 2 hit, std 0.00: no signal" in group_page(client_signed_in, run, 3, 1)


def test_stored_reward_that_is_wrong_shouts(client_signed_in: Client, run: Run) -> None:
    write_groups(run, 1, [record(8, 0, [HIT, MISS.model_copy(update={"reward": 1.0})])])
    page = group_page(client_signed_in, run, 8, 0)
    assert "1 stored reward differs from the reward computed here." in page
    assert "stored 1, computed 0" in page


def test_group_as_json_is_the_stored_record(client_signed_in: Client, run: Run) -> None:
    answer = client_signed_in.get(reverse("run-group", args=[run.pk, 3, 0]), {"format": "json"})
    assert GroupRecord.model_validate_json(answer.content) == record(3, 0, [HIT, MISS])


def test_group_that_is_not_there_is_404(client_signed_in: Client, run: Run) -> None:
    assert client_signed_in.get(reverse("run-group", args=[run.pk, 3, 9])).status_code == 404


def test_lost_file_is_explained(client_signed_in: Client, run: Run) -> None:
    (run.folder_path / rollout_file(3)).unlink()
    answer = client_signed_in.get(reverse("run-group", args=[run.pk, 3, 0]))
    assert answer.status_code == 410
    assert "are not on this machine any more" in answer.content.decode()


def test_damaged_file_is_explained(client_signed_in: Client, run: Run) -> None:
    (run.folder_path / rollout_file(3)).write_bytes(b"x" * 4000)
    answer = client_signed_in.get(reverse("run-group", args=[run.pk, 3, 0]))
    assert (answer.status_code, "cannot be read" in answer.content.decode()) == (410, True)


def test_file_outside_the_run_folder_is_not_opened(client_signed_in: Client, run: Run) -> None:
    RolloutGroup.objects.update(file="../../secret")
    answer = client_signed_in.get(reverse("run-group", args=[run.pk, 3, 0]))
    assert (answer.status_code, "outside the run" in answer.content.decode()) == (410, True)


def test_advantages_are_toned_by_their_size() -> None:
    rollouts = [
        HIT.model_copy(update={"sample": n, "advantage": a})
        for n, a in enumerate((2.0, 0.5, 0.0, -0.5, -2.0))
    ]
    view = group_view(record(1, 0, rollouts))
    assert [found.tone for found in view.rollouts] == ["plus-2", "plus-1", "", "minus-1", "minus-2"]


def test_made_groups_agree_with_their_stored_rewards() -> None:
    import random

    dice = random.Random(1)
    for group in range(12):
        assert group_view(made_group(1, group, 8, 0.4, dice)).disagreements == 0


@pytest.mark.parametrize(
    ("value", "around"), [(3, (None, 5)), (5, (3, 9)), (4, (3, 5)), (9, (5, None)), (10, (9, None))]
)
def test_neighbours_are_the_nearest_on_each_side(value: int, around: tuple[int | None, int | None]) -> None:
    assert neighbours([3, 5, 9], value) == around

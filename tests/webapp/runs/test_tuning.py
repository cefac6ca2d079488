"""An instruction tuning run on the pages: its tiles, its verdict, its steps; nothing of rollouts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint, make_run
from tests.webapp.made_tuning import make_tuning_run
from training.contract.events import Envelope, Metrics, Progress, StageChanged
from training.contract.presets import preset
from webapp.evaluations.services.start import can_evaluate
from webapp.runs.models import Checkpoint, Run
from webapp.runs.projection import project
from webapp.runs.rows import run_rows
from webapp.runs.stages import run_stages
from webapp.runs.supervised_verdict import supervised_verdict
from webapp.runs.verdict import Check


def checks(**curves: list[float]) -> dict[str, Check]:
    named = {"loss": "sft/loss", "unseen": "sft/held_out_loss", "gradient": "update/grad_norm"}
    values = {named.get(name, "throughput/tokens"): found for name, found in curves.items()}
    return {check.name: check for check in supervised_verdict(values, "sft/loss")}


FALLING = [3.0, 3.02] * 5 + [2.0, 2.02] * 5


def test_page_has_tiles_of_a_loss_and_no_empty_cell_of_grpo(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    run = make_tuning_run(user)
    page = client_signed_in.get(f"/runs/{run.pk}/").content.decode()
    tiles = re.findall(r'<figure class="tile" id="[^"]+" data-key="([^"]+)"', page)
    assert tiles == [
        "sft/loss",
        "update/learning_rate",
        "update/grad_norm",
        "time/step",
        "throughput/tokens",
        "host/cpu",
    ]
    names = re.findall(r'<div class="verdict-name">([^<]+)<', page)
    assert names == ["Learning", "Unseen text", "Gradient", "System"]
    assert '"baselines": [{"key": "sft/held_out_loss", "label": "Held-out loss"}]' in page
    for absent in ("?tab=groups", "Worst groups", "evaluation/", "data-cold-start", "Launch the supervised"):
        assert absent not in page, absent
    assert "Before training" in page
    assert '<span data-live="asked">27</span>' in page


def test_stages_of_a_run_that_waits_are_only_its_own(home: Path, user: Any) -> None:
    run = make_bare_run(user, MadeRun("waiting", "queued"))
    tuning = preset("sft-demo-cpu").model_dump(mode="json")
    Run.objects.filter(pk=run.pk).update(config=tuning)
    run.refresh_from_db()
    assert [state.key for state in run_stages(run)] == ["prepare", "documents", "tasks"]


def test_progress_of_the_tuning_says_how_many_steps_there_are(home: Path, user: Any) -> None:
    run = make_bare_run(user, MadeRun("new", "running", steps_asked=0))

    def tell(*events: Any) -> None:
        now = timezone.now().timestamp()
        project(run.job, 1, [Envelope(seq=n, time=now, event=e) for n, e in enumerate(events, start=1)])
        run.refresh_from_db()

    tell(Progress(stage="documents", done=5, total=9, unit="documents"))
    assert run.steps_asked == 0
    tell(
        StageChanged(stage="tuning", status="started"),
        Progress(stage="tuning", done=0, total=27, unit="steps"),
    )
    assert (run.steps_asked, run.step) == (27, 0)
    tell(Metrics(step=0, values={"sft/held_out_loss": 2.5}))
    tell(Metrics(step=1, values={"sft/loss": 2.4}), Progress(stage="tuning", done=1, total=27, unit="steps"))
    assert (run.steps_asked, run.step) == (27, 1)


def test_run_whose_steps_are_not_known_yet_shows_a_dash(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    run = make_bare_run(user, MadeRun("new", "running", steps_asked=0))
    Run.objects.filter(pk=run.pk).update(stage="tuning")
    page = client_signed_in.get(f"/runs/{run.pk}/").content.decode()
    assert '<span data-live="asked">–</span>' in page
    assert "0 of –" in client_signed_in.get("/runs/").content.decode()


def test_list_shows_the_loss_where_there_is_no_reward(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    tuning, grpo = make_tuning_run(user), make_run(user, MadeRun("grpo", steps=5))
    rows = {row.run.pk: row for row in run_rows([tuning, grpo], timezone.now())}
    newest = tuning.points.get(key="sft/loss", step=27).value
    assert rows[tuning.pk].latest == newest
    assert rows[grpo.pk].latest == grpo.last_reward
    assert len(rows[tuning.pk].spark.split()) == 27
    page = client_signed_in.get("/runs/").content.decode()
    assert f'{newest:.3f} <span class="meta">loss</span>' in page


def test_conversations_hold_no_positions_to_evaluate_on(home: Path, user: Any) -> None:
    assert not can_evaluate(make_tuning_run(user))


def test_learning_is_a_loss_that_falls_beyond_noise() -> None:
    found = checks(loss=FALLING)["Learning"]
    assert (found.status, found.value, found.caption) == ("good", "2.010", "down 1.000 from the start")
    assert "first 10 3.010; the fall exceeds 2 standard errors (0.009)." in found.sentence
    assert checks(loss=FALLING[::-1])["Learning"].caption == "up 1.000 from the start"
    assert checks(loss=[2.0, 3.0] * 10)["Learning"].status == "warn"
    assert checks(loss=FALLING[:19])["Learning"].caption == "19 of 20 steps needed"


@pytest.mark.parametrize(
    ("values", "status", "caption"),
    [
        ([2.5, 2.2, 2.1], "good", "down 0.400 from the start"),
        ([2.5, 2.1, 2.11], "good", "down 0.390 from the start"),
        ([2.5, 2.0, 2.1], "warn", "up 0.100 from its lowest"),
        ([2.5, 2.0, 2.6], "bad", "up 0.600 from its lowest"),
        ([2.0, 2.0, 2.0], "warn", "no lower than at the start"),
        ([2.5, 2.2], "none", "not enough data"),
    ],
)
def test_unseen_text_is_judged_by_its_lowest_and_its_first(
    values: list[float], status: str, caption: str
) -> None:
    found = checks(loss=FALLING, unseen=values)["Unseen text"]
    assert (found.status, found.caption, found.value) == (status, caption, f"{values[-1]:.3f}")


def test_run_that_holds_nothing_out_has_no_check_of_it() -> None:
    assert list(checks(loss=FALLING)) == ["Learning", "Gradient", "System"]


@pytest.mark.parametrize(
    ("values", "status", "caption"),
    [
        ([1.0] * 30, "good", "1.0 x its median"),
        ([1.0] * 20 + [3.0] * 10, "warn", "3.0 x its median"),
        ([1.0] * 20 + [9.0] * 10, "bad", "9.0 x its median"),
        ([1.0] * 20 + [1e-5] * 10, "bad", "too small to teach"),
    ],
)
def test_gradient_is_judged_by_its_own_median(values: list[float], status: str, caption: str) -> None:
    found = checks(gradient=values)["Gradient"]
    assert (found.status, found.caption) == (status, caption)
    assert len(found.caption) < 28


def test_checkpoints_show_what_they_are_scored_by_and_no_reward(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    run = make_tuning_run(user)
    for step, score in ((9, 2.25), (18, None)):
        checkpoint = make_checkpoint(run, step)
        Checkpoint.objects.filter(pk=checkpoint.pk).update(
            reward=None, best_by="sft/held_out_loss", score=score
        )
    page = client_signed_in.get(f"/runs/{run.pk}/checkpoints/").content.decode()
    assert "<dt>Held-out loss</dt><dd>2.250 nats</dd>" in page
    assert "<dt>Held-out loss</dt><dd>not measured</dd>" in page
    assert "Reward of the step" not in page

"""A made instruction tuning run: rows as its events would leave them. Nothing was trained."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from typing import Any

from tests.webapp.made_run import SECONDS, MadeRun, make_bare_run
from training.contract.presets import preset
from webapp.experiments.models import Experiment
from webapp.jobs.models import JobEvent
from webapp.runs.models import MetricPoint, Run

STAGES = ("prepare", "documents", "tasks", "tuning")


def make_tuning_run(owner: Any, made: MadeRun = MadeRun("tuning", "succeeded", 27, 27)) -> Run:
    """A run of `made.steps` steps whose loss falls, with its held-out loss at every third."""
    run = make_bare_run(owner, made)
    dice = random.Random(made.seed)
    points = []
    for step in range(made.steps + 1):
        values = {"sft/held_out_loss": 2.1 + math.exp(-step / 6)} if step % 3 == 0 else {}
        if step:
            values |= {
                "sft/loss": 2.0 + math.exp(-step / 8) + dice.gauss(0, 0.02),
                "update/grad_norm": abs(dice.gauss(2.0, 0.2)),
                "update/learning_rate": 1e-4 * (1 - step / (made.steps + 1)),
                "time/step": SECONDS,
                "throughput/tokens": 120 + dice.gauss(0, 4),
            }
        time = made.start + timedelta(seconds=SECONDS * step)
        points += [
            MetricPoint(run=run, key=key, attempt=1, step=step, value=value, time=time)
            for key, value in values.items()
        ]
    MetricPoint.objects.bulk_create(points)
    for seq, stage in enumerate(STAGES, start=1):
        payload = {"type": "stage", "stage": stage, "status": "finished", "detail": "", "seconds": 1.0}
        JobEvent.objects.create(
            job=run.job, attempt=1, seq=seq, type="stage", time=made.start, payload=payload
        )
    config = preset("sft-demo-cpu").model_dump(mode="json")
    Experiment.objects.filter(pk=run.experiment_id).update(config=config)
    Run.objects.filter(pk=run.pk).update(
        config=config, method_kind="sft", step=made.steps, stage="tuning",
        stage_done=made.steps, stage_total=made.steps_asked, stage_unit="steps", seconds_per_step=SECONDS,
    )  # fmt: skip
    run.refresh_from_db()
    return run

"""A made run: rows, rollout files and checkpoint files as training would leave them.

Nothing was trained. The numbers come from a seeded generator and are for tests and for looking
at the pages: `make_showcase` writes runs of every state for one user.
"""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.webapp.made_rollouts import made_group, write_step
from training.contract.experiment import parse_experiment
from training.contract.presets import preset
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job, JobEvent
from webapp.runs.models import Checkpoint, MetricPoint, Rollout, RolloutGroup, Run

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECONDS = 18.0


@dataclass(frozen=True)
class MadeRun:
    """What kind of run is to be made."""

    name: str = "made run"
    state: str = "running"
    steps: int = 24
    steps_asked: int = 30
    resumed_at: int = 0  # 0: one attempt; else attempt 1 went three steps further, then attempt 2 began here
    error: dict[str, Any] | None = None
    start: datetime = START
    colour: int = 0
    seed: int = 7


def make_bare_run(owner: Any, made: MadeRun = MadeRun()) -> Run:
    """The rows of a run without any event: corpus, experiment, job, run."""
    config = preset("demo-cpu").model_dump(mode="json")
    config["optimisation"]["steps"] = made.steps_asked or 1
    parse_experiment(config)
    corpus, _ = Corpus.objects.get_or_create(
        owner=owner, name="Python language reference", defaults={"state": Corpus.State.READY}
    )
    experiment = Experiment.objects.create(
        owner=owner, name=made.name, corpus=corpus, config=config, preset="demo-cpu"
    )
    attempt = 0 if made.state == "queued" else 2 if made.resumed_at else 1
    job = Job.objects.create(
        kind="run", owner=owner, folder="", state=made.state, attempt=attempt, restarts=max(0, attempt - 1),
        error=made.error or {}, created=made.start, started=made.start if attempt else None,
    )  # fmt: skip
    job.folder = f"runs/{job.pk}"
    if job.ended:
        job.finished = made.start + timedelta(seconds=SECONDS * made.steps)
    job.save()
    run = Run.objects.create(
        owner=owner, experiment=experiment, job=job, name=made.name, config=config, colour=made.colour,
        steps_asked=made.steps_asked, created=made.start,
    )  # fmt: skip
    run.folder_path.mkdir(parents=True, exist_ok=True)
    return run


def make_run(owner: Any, made: MadeRun = MadeRun()) -> Run:
    """A run in the midst of GRPO, with metrics, rollouts, checkpoints and a log."""
    run = make_bare_run(owner, made)
    dice = random.Random(made.seed)
    if made.resumed_at:
        _write_steps(run, 1, range(1, made.resumed_at + 4), dice, made)
        _write_steps(run, 2, range(made.resumed_at + 1, made.steps + 1), dice, made)
    else:
        _write_steps(run, 1, range(1, made.steps + 1), dice, made)
    for step in range(10, made.steps + 1, 10):
        make_checkpoint(run, step, removed=step <= made.steps - 20)
    Run.objects.filter(pk=run.pk).update(
        step=made.steps, stage="train", stage_done=made.steps, stage_total=made.steps_asked,
        stage_unit="steps", seconds_per_step=SECONDS, last_event=_time(made, made.steps),
        last_reward=MetricPoint.objects.filter(run=run, key="reward/mean", step=made.steps).last().value,
    )  # fmt: skip
    run.refresh_from_db()
    return run


def _write_steps(run: Run, attempt: int, steps: range, dice: random.Random, made: MadeRun) -> None:
    log: list[str] = [f"attempt {attempt} starts at step {steps.start}"]
    for step in steps:
        skill = 0.06 + 0.5 * step / made.steps_asked
        groups = [made_group(step, group, 8, skill, dice) for group in range(6)]
        values = _metrics(step, groups, dice)
        time = _time(made, step + (4 if attempt == 2 else 0))
        MetricPoint.objects.bulk_create(
            MetricPoint(run=run, key=key, attempt=attempt, step=step, value=value, time=time)
            for key, value in values.items()
        )
        write_groups(run, attempt, groups)
        _event(run, attempt, len(log), {"type": "metrics", "step": step, "values": values}, time)
        log.append(f"step {step}  reward {values['reward/mean']:.3f}  {values['time/step']:.1f} s")
    folder = run.folder_path
    (folder / f"trainer.{attempt}.log").write_text("\n".join(log) + "\n", encoding="utf-8")


def write_groups(run: Run, attempt: int, groups: list[Any]) -> None:
    """Rollout file and index rows of one step."""
    written = write_step(run.folder_path, groups)
    for ref in written.groups:
        row = RolloutGroup.objects.create(
            run=run, attempt=attempt, step=written.step, group=ref.group, kind=ref.kind, file=written.file,
            offset=ref.offset, length=ref.length, document=ref.document, byte_start=ref.byte_start,
            entropy=ref.entropy, context_tail=ref.context_tail, truth=ref.truth,
            mean_reward=sum(ref.rewards) / len(ref.rewards),
        )  # fmt: skip
        Rollout.objects.bulk_create(
            Rollout(
                group=row, sample=sample, reward=reward, advantage=advantage, reason=reason, length=length
            )
            for sample, (reward, advantage, reason, length) in enumerate(
                zip(ref.rewards, ref.advantages, ref.reasons, ref.lengths, strict=True)
            )
        )


def _metrics(step: int, groups: list[Any], dice: random.Random) -> dict[str, float]:
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    means = [sum(r.reward for r in group.rollouts) / len(group.rollouts) for group in groups]
    share = len(rollouts)
    return {
        "reward/mean": sum(r.reward for r in rollouts) / share,
        "baseline/constant": 0.042,
        "baseline/argmax": 0.25 + 0.04 * math.sin(step),
        "format/share": sum(r.prediction is not None for r in rollouts) / share,
        "groups/effective": sum(0 < mean < 1 for mean in means) / len(means),
        "groups/all_zero": sum(mean == 0 for mean in means) / len(means),
        "groups/all_one": sum(mean == 1 for mean in means) / len(means),
        "response/length": sum(len(r.token_ids) for r in rollouts) / share,
        "response/truncated": sum(r.truncated for r in rollouts) / share,
        "policy/entropy": 1.4 - 0.02 * step + dice.gauss(0, 0.05),
        "update/grad_norm": abs(dice.gauss(1.1, 0.25)),
        "update/clip_fraction": 0.0,
        "update/kl": abs(dice.gauss(0.0004, 0.0003)),
        "update/loss": dice.gauss(0, 0.02),
        "update/learning_rate": 1e-5,
        "time/step": SECONDS + dice.gauss(0, 0.6),
        "time/generate": 9.0 + dice.gauss(0, 0.3),
        "time/update": 6.5 + dice.gauss(0, 0.3),
        "throughput/tokens": 310 + dice.gauss(0, 9),
        "perf/max_memory_allocated_gb": 3.1 + dice.gauss(0, 0.02),
    }


def make_checkpoint(run: Run, step: int, *, removed: bool = False, attempt: int = 1) -> Checkpoint:
    """A checkpoint row and, unless it is removed, its files: small, with known bytes."""
    path = f"checkpoints/step_{step:06d}"
    contents = {
        "model/config.json": b'{"model_type": "llama"}\n',
        "model/model.safetensors": bytes(range(256)) * 5 + str(step).encode(),
        "model/tokenizer.json": b"{}",
    }
    files = [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in contents.items()
    ]
    if not removed:
        for name, data in contents.items():
            target = Path(run.folder_path) / path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return Checkpoint.objects.create(
        run=run, attempt=attempt, step=step, path=path, bytes=sum(map(len, contents.values())) + 4096,
        weights_sha256=files[1]["sha256"], files=files, reward=round(0.01 * step, 3), removed=removed,
        created=START + timedelta(seconds=SECONDS * step),
    )  # fmt: skip


def _event(run: Run, attempt: int, seq: int, payload: dict[str, Any], time: datetime) -> None:
    JobEvent.objects.create(
        job=run.job, attempt=attempt, seq=seq, type=payload["type"], time=time, payload=payload
    )


def _time(made: MadeRun, step: int) -> datetime:
    return made.start + timedelta(seconds=SECONDS * step)


def make_showcase(owner: Any, now: datetime) -> list[Run]:
    """Made runs of every state, the newest of them live at `now`."""
    error = {
        "message": "The disk is full: the checkpoint of step 20 could not be written.",
        "field": "checkpoints.keep",
        "remedy": "Free some space or keep fewer checkpoints, then resume the run.",
        "retryable": True,
        "log": ["step 19  reward 0.292  17.9 s", "OSError: No space left on device"],
    }
    lively = now - timedelta(seconds=SECONDS * 28)
    runs = [
        make_run(owner, made)
        for made in (
            MadeRun("made: finished", "succeeded", 60, 60, start=now - timedelta(days=2), colour=3, seed=3),
            MadeRun(
                "made: finished short", "finished_short", 12, 30, start=now - timedelta(days=1), colour=2
            ),
            MadeRun("made: failed", "failed", 19, 30, error=error, start=now - timedelta(hours=3), colour=1),
            MadeRun("made: running, resumed once", "running", 24, 30, resumed_at=10, start=lively),
        )
    ]
    fresh = make_bare_run(owner, MadeRun("made: cold start", start=now - timedelta(minutes=1), colour=4))
    Run.objects.filter(pk=fresh.pk).update(
        stage="cold_start", stage_done=7, stage_total=16, stage_unit="steps", last_event=now
    )
    queued = make_bare_run(owner, MadeRun("made: queued", "queued", start=now, colour=5))
    return [*runs, fresh, queued]

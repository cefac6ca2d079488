"""Fills a data folder with one very long run and many small ones, to measure the site with.

    python -m tests.bench.big_run HOME [--points 1000000] [--rollouts 1000000] [--runs 10000]

Nothing is trained: numbers come from a seeded generator. The long run has 20 metrics; its second attempt began a
little before the first one stopped, so that there is a replaced part. Its rollouts are groups of 8, 64 a step, at
steps spread over the run, each step with its file of zstd frames. Frames repeat: they are drawn from a pool of made
groups, with their step and number written over; one response of the whole run says `RARE_WORD`. The site starts on
the folder with `FORESIGHT_HOME=HOME python manage.py up`; sign in as `bench`, password `bench-the-site`.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

USER, PASSWORD = "bench", "bench-the-site"
NAME = "a long run"
RARE_WORD = "quokka"
METRICS = 20
SAMPLES = 8
GROUPS = 64  # of a step
POOL = 384  # different made groups
SMALL_STEPS = 30  # of each small run
SECONDS = 18.0
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LOWEST, HIGHEST = -7.0, 9.0  # of reward/mean, at one step each: what no chart may lose
_BLOCK = 5000


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made. Steps follow from the points."""

    points: int = 1_000_000
    rollouts: int = 1_000_000
    runs: int = 10_000

    @property
    def _of_metric(self) -> int:
        return self.points // METRICS

    @property
    def steps(self) -> int:
        """The newest step: a twenty-fifth of each metric's points is replaced."""
        return self._of_metric - self._of_metric // 25

    @property
    def first_ends(self) -> int:
        """The step at which the first attempt stopped."""
        return self.steps * 6 // 10

    @property
    def attempts(self) -> dict[int, range]:
        begins = self.first_ends - self._of_metric // 25 + 1
        return {1: range(1, self.first_ends + 1), 2: range(begins, self.steps + 1)}

    @property
    def rollout_steps(self) -> list[int]:
        count = max(1, -(-self.rollouts // (GROUPS * SAMPLES)))
        return sorted({max(1, self.steps * (place + 1) // count) for place in range(count)})


def make(size: Size) -> int:
    """Fill the database and the run's folder; returns the number of the long run. Django is set up already."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    owner = User.objects.filter(username=USER).first() or User.objects.create_superuser(
        USER, password=PASSWORD
    )
    _timed(f"{size.runs:,} small runs", lambda: _small_runs(owner, size.runs))
    run = _long_run(owner, size)
    _timed(f"{size.points:,} points", lambda: _points(run, size))
    _timed("roll-ups", lambda: call_command("rebuild_rollups", verbosity=0))
    _timed(f"{size.steps:,} events", lambda: _events(run, size))
    _timed(f"{size.rollouts:,} rollouts", lambda: _rollouts(run, size))
    number: int = run.pk
    return number


def _timed(what: str, work: Any) -> None:
    begun = time.perf_counter()
    work()
    print(f"{what}: {time.perf_counter() - begun:.0f} s", flush=True)


def _small_runs(owner: Any, count: int) -> None:
    """Runs of every state, each with a short curve of rewards."""
    from tests.webapp.made_run import MadeRun, make_bare_run
    from webapp.experiments.models import Experiment
    from webapp.jobs.models import Job
    from webapp.runs.models import MetricPoint, Run

    if not count:
        return
    made = make_bare_run(owner, MadeRun("sweep 00000", "succeeded", SMALL_STEPS, SMALL_STEPS, start=START))
    dice = random.Random(1)
    states = ["succeeded"] * 7 + ["failed", "cancelled", "finished_short"]
    for first in range(1, count, _BLOCK):
        numbers = range(first, min(count, first + _BLOCK))
        names = [f"sweep {number:05d}" for number in numbers]
        starts = [START + timedelta(minutes=number) for number in numbers]
        experiments = Experiment.objects.bulk_create(
            Experiment(owner=owner, name=name, corpus=made.experiment.corpus, config=made.config)
            for name in names
        )
        jobs = Job.objects.bulk_create(
            Job(
                kind="run", owner=owner, folder=f"runs/sweep-{number}", state=dice.choice(states), attempt=1,
                created=start, started=start, finished=start + timedelta(seconds=SECONDS * SMALL_STEPS),
            )
            for number, start in zip(numbers, starts, strict=True)
        )  # fmt: skip
        runs = Run.objects.bulk_create(
            Run(
                owner=owner, experiment=experiment, job=job, name=name, config=made.config, colour=job.pk % 18,
                step=SMALL_STEPS, steps_asked=SMALL_STEPS, stage="train", seconds_per_step=SECONDS,
                last_reward=dice.random(), last_event=start, created=start, corpus=made.corpus,
            )
            for experiment, job, name, start in zip(experiments, jobs, names, starts, strict=True)
        )  # fmt: skip
        _insert(
            MetricPoint,
            ("run_id", "key", "attempt", "step", "value", "time"),
            (
                (
                    run.pk,
                    "reward/mean",
                    1,
                    step,
                    dice.random(),
                    run.created + timedelta(seconds=SECONDS * step),
                )
                for run in runs
                for step in range(1, SMALL_STEPS + 1)
            ),
        )


def _long_run(owner: Any, size: Size) -> Any:
    """The run's row, ended: nobody is to start it."""
    from django.utils import timezone

    from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
    from webapp.runs.models import Run

    start = timezone.now() - timedelta(seconds=SECONDS * size.steps)
    made = MadeRun(
        NAME, "succeeded", size.steps, size.steps, resumed_at=size.first_ends, start=start, colour=1
    )
    run = make_bare_run(owner, made)
    Run.objects.filter(pk=run.pk).update(
        step=size.steps, stage="train", stage_done=size.steps, stage_total=size.steps, stage_unit="steps",
        seconds_per_step=SECONDS, last_reward=0.5, last_event=run.job.finished,
    )  # fmt: skip
    for place in range(1, 11):
        make_checkpoint(run, size.steps * place // 10, removed=place < 8)
    run.refresh_from_db()
    return run


def _keys() -> list[str]:
    from training.contract.metrics import TILES, baselines_of

    tiles = [tile.key for tile in TILES if tile.key.split("/")[0] not in {"eval", "sft"}]
    wanted = [
        *tiles,
        "update/kl",
        "compute/rollout_tokens",
        *(base.key for key in tiles for base in baselines_of(key)),
    ]
    more = (f"verl/measured_{number}" for number in range(METRICS))
    return list(dict.fromkeys([*wanted, *more]))[:METRICS]


def _values(key: str, steps: range, size: Size) -> Iterator[float]:
    """Noise about a slow rise, never twice the same between metrics."""
    dice = random.Random(f"{key} {steps.start}")
    for step in steps:
        if key == "reward/mean" and step == size.steps // 3:
            yield LOWEST
        elif key == "reward/mean" and step == size.steps * 4 // 5:
            yield HIGHEST
        else:
            yield 0.2 + 0.4 * step / size.steps + dice.gauss(0, 0.05)


def _time(run: Any, attempt: int, step: int) -> datetime:
    moment: datetime = run.created + timedelta(seconds=SECONDS * step + (600 if attempt > 1 else 0))
    return moment


def _points(run: Any, size: Size) -> None:
    from webapp.runs.models import MetricPoint

    rows = (
        (run.pk, key, attempt, step, value, _time(run, attempt, step))
        for key in _keys()
        for attempt, steps in size.attempts.items()
        for step, value in zip(steps, _values(key, steps, size), strict=True)
    )
    _insert(MetricPoint, ("run_id", "key", "attempt", "step", "value", "time"), rows)


def _events(run: Any, size: Size) -> None:
    """One event a step, and a warning now and then: what pages look through."""
    from webapp.jobs.models import JobEvent

    def rows() -> Iterator[Any]:
        for attempt, steps in size.attempts.items():
            for seq, step in enumerate(steps, start=1):
                payload: dict[str, Any] = {"type": "metrics", "step": step, "values": {"reward/mean": 0.5}}
                if step % 50 == 0:
                    level = "warning" if step % 1000 == 0 else "info"
                    payload = {"type": "log", "level": level, "text": f"step {step}: something to know"}
                time_ = _time(run, attempt, step)
                yield JobEvent(
                    job=run.job, attempt=attempt, seq=seq, type=payload["type"], time=time_, payload=payload
                )

    for block in _blocks(rows()):
        JobEvent.objects.bulk_create(block)


def _rollouts(run: Any, size: Size) -> None:
    """Index rows of all groups and rollouts, and a file of frames for each step."""
    from webapp.runs.models import Rollout, RolloutGroup

    if not size.rollouts:
        return
    rare, *pool = _pool()
    steps = size.rollout_steps
    group_id = (RolloutGroup.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    group_fields = (
        "id", "run_id", "attempt", "step", "group", "kind", "file", "offset", "length", "document", "byte_start",
        "entropy", "context_tail", "truth", "mean_reward",
    )  # fmt: skip
    left = size.rollouts // SAMPLES
    for block in range(0, len(steps), 50):
        groups: list[tuple[Any, ...]] = []
        rollouts: list[tuple[Any, ...]] = []
        for step in steps[block : block + 50]:
            count, left = min(GROUPS, left), max(0, left - GROUPS)
            attempt = 2 if step >= size.attempts[2].start else 1
            special = rare if step == steps[len(steps) // 2] else None
            for ref, file in _write_step(run.folder_path, step, count, pool, special):
                groups.append(
                    (
                        group_id, run.pk, attempt, step, ref.group, ref.kind, file, ref.offset, ref.length,
                        ref.document, ref.byte_start, ref.entropy, ref.context_tail, ref.truth,
                        sum(ref.rewards) / len(ref.rewards),
                    )
                )  # fmt: skip
                numbers = zip(ref.rewards, ref.advantages, ref.reasons, ref.lengths, strict=True)
                rollouts += [(group_id, sample, *rest) for sample, rest in enumerate(numbers)]
                group_id += 1
        _insert(RolloutGroup, group_fields, groups)
        _insert(Rollout, ("group_id", "sample", "reward", "advantage", "reason", "length"), rollouts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A made group: its JSON after `{"step":..,"group":..`, and its reference."""

    rest: str
    ref: Any

    def renamed(self, step: int, group: int) -> bytes:
        return f'{{"step":{step},"group":{group}{self.rest}'.encode()


def _pool() -> list[_Frame]:
    """Made groups of mixed difficulty; the first one has the rare word in its first response."""
    from tests.webapp.made_rollouts import made_group, reference

    dice = random.Random(2)
    found = []
    for number in range(POOL + 1):
        record = made_group(number, number, SAMPLES, 0.05 + 0.7 * dice.random(), dice)
        if number == 0:
            record = _with_rare_word(record)
        rest = re.sub(r'^\{"step":\d+,"group":\d+', "", record.model_dump_json())
        found.append(_Frame(rest, reference(record, 0, 0)))
    return found


def _with_rare_word(record: Any) -> Any:
    first, *others = record.rollouts
    said = f"{RARE_WORD} "
    first = first.model_copy(
        update={
            "response": said + first.response,
            "thought": said + first.thought,
            "token_ids": (0, *first.token_ids),
            "token_texts": (said, *first.token_texts),
            "logprobs": (-9.0, *first.logprobs),
        }
    )
    return record.model_copy(update={"rollouts": (first, *others)})


def _write_step(
    folder: Path, step: int, count: int, pool: Sequence[_Frame], rare: _Frame | None
) -> Iterator[tuple[Any, str]]:
    """Write a step's frames, `rare` in their midst; yields the reference of each group and the file it lies in."""
    import zstandard

    from training.contract.rollout_file import rollout_file

    path = folder / rollout_file(step)
    path.parent.mkdir(parents=True, exist_ok=True)
    squeeze = zstandard.ZstdCompressor(level=1)
    dice = random.Random(step)
    offset = 0
    with open(path, "wb") as file:
        for group in range(count):
            made = rare if rare and group == count // 2 else dice.choice(pool)
            data = squeeze.compress(made.renamed(step, group))
            file.write(data)
            yield (
                made.ref.model_copy(update={"group": group, "offset": offset, "length": len(data)}),
                rollout_file(step),
            )
            offset += len(data)


def _insert(model: Any, fields: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows into a model's table without making objects of them, in blocks of one transaction each."""
    from django.db import connection, transaction

    columns = [model._meta.get_field(name.removesuffix("_id")).column for name in fields]
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(['%s'] * len(columns))})"
    adapt = connection.ops.adapt_datetimefield_value
    for block in _blocks(rows, 20 * _BLOCK):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                statement,
                [[adapt(cell) if isinstance(cell, datetime) else cell for cell in row] for row in block],
            )


def _blocks(rows: Iterable[Any], size: int = _BLOCK) -> Iterator[list[Any]]:
    source = iter(rows)
    while block := list(islice(source, size)):
        yield block


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Fill a data folder with a very long run and many small ones."
    )
    parser.add_argument("home", type=Path, help="the data folder (FORESIGHT_HOME); made if it is not there")
    usual = Size()
    parser.add_argument("--points", type=int, default=usual.points)
    parser.add_argument("--rollouts", type=int, default=usual.rollouts)
    parser.add_argument("--runs", type=int, default=usual.runs)
    given = parser.parse_args()
    os.environ["FORESIGHT_HOME"] = str(given.home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
    import django

    django.setup()
    number = make(Size(given.points, given.rollouts, given.runs))
    print(f"The long run is /runs/{number}/. Sign in as {USER}, password {PASSWORD}.")


if __name__ == "__main__":
    main()

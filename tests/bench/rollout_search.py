"""How long the page of all rollouts takes on a run of a million: every filter, words rare and common, deep pages.

    python -m tests.bench.big_run HOME --points 100000 --runs 0
    FORESIGHT_HOME=HOME python manage.py index_rollouts
    python -m tests.bench.rollout_search HOME [--times 20]

Each case is the whole page, from the request to the last byte of HTML, through Django's test client in this process;
first once to warm up, then `--times` times. With `--postgres` the folder's database is PostgreSQL: a server of its
own is started, and the run is made and indexed in it first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

CASES: dict[str, dict[str, str]] = {
    "everything, newest first": {},
    "page 200 of them": {"page": "200"},
    "lowest reward first": {"sort": "worst"},
    "longest first": {"sort": "longest"},
    "one class: form only": {"miss": "form"},
    "one class, one pattern, a band of entropy": {
        "miss": "form", "pattern": "reflection", "entropy_min": "1", "entropy_max": "1.5",
    },
    "a tenth of the steps, longest first": {"first": "2000", "last": "2480", "sort": "longest"},
    "nothing matches: reward above 2": {"reward_min": "2"},
    "a word in one rollout": {"q": "quokka"},
    "a word in a third of all": {"q": "wait"},
    "a word in nearly all": {"q": "think"},
    "a phrase": {"q": '"text most likely goes on"'},
    "a beginning of words": {"q": "gram*"},
    "a word in no rollout": {"q": "axolotl"},
    "a common word, few candidates": {"q": "wait", "miss": "form", "first": "2000", "last": "2480"},
    "a common word, many candidates, truncated ones": {"q": "wait", "reason": "truncated"},
    "a word of contexts, hits alone": {"q": "proton", "where": "context", "reason": "match"},
    "a common word, last page": {"q": "wait", "page": "20"},
}  # fmt: skip


def measure(times: int) -> None:
    """Print a row for each case: milliseconds at p50 and p95, and what was found."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from tests.bench.big_run import NAME, USER
    from webapp.runs.models import Run
    from webapp.trajectories.models import IndexedRollout
    from webapp.trajectories.rollout_filters import read_filters
    from webapp.trajectories.rollout_search import search

    settings.ALLOWED_HOSTS = ["*"]
    run = Run.objects.get(name=NAME)
    client = Client()
    client.force_login(User.objects.get(username=USER))
    print(f"{IndexedRollout.objects.of_run(run).count():,} rollouts are indexed", flush=True)
    print("| case | p50, ms | p95, ms | p50 of the processor, ms | matches |\n|---|---|---|---|---|")
    for name, query in CASES.items():
        wall, processor = _timed(partial(client.get, f"/runs/{run.pk}/rollouts/", query), times)
        found = search(run, run.owner, read_filters(query)[0])
        matches = f"{'more than ' if found.more else ''}{found.total:,}"
        figures = (statistics.median(wall), _p95(wall), statistics.median(processor))
        print(f"| {name} | {' | '.join(f'{1000 * one:.0f}' for one in figures)} | {matches} |", flush=True)


def _timed(ask: Callable[[], Any], times: int) -> tuple[list[float], list[float]]:
    """Seconds on the wall and of this process, of each time."""
    assert ask().status_code == 200
    wall, processor = [], []
    for _ in range(times):
        begun, worked = time.perf_counter(), time.process_time()
        ask()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - worked)
    return wall, processor


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the page of all rollouts on a run of a million.")
    parser.add_argument("home", type=Path, help="the data folder that tests.bench.big_run has filled")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--postgres", action="store_true", help="make and index the run in PostgreSQL first")
    parser.add_argument("--rollouts", type=int, default=1_000_000, help="with --postgres: how many are made")
    given = parser.parse_args()
    os.environ["FORESIGHT_HOME"] = str(given.home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
    with ExitStack() as stack:
        if given.postgres:
            from tests.webapp.postgres import postgres

            os.environ["DATABASE_URL"] = stack.enter_context(postgres())
        import django

        django.setup()
        if given.postgres:
            _fill(given.rollouts)
        measure(given.times)
    sys.stdout.flush()


def _fill(rollouts: int) -> None:
    from django.core.management import call_command

    from tests.bench.big_run import Size, make

    make(Size(points=100_000, rollouts=rollouts, runs=0))
    begun = time.perf_counter()
    call_command("index_rollouts")
    print(f"indexed in {time.perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()

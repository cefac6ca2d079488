"""How long the server takes for a page of the list of 10,000 runs.

    python -m tests.bench.run_list [--runs 10000] [--postgres]

Makes the runs in a new data folder (`big_run`: every state, a curve each; tags and stars are added), then asks for
pages as a browser does, through every layer but the socket; in turn for finding a page (how many match, and the
numbers of its runs) and for all that a page reads, as rows. Figures are
processor time of this process and, in brackets, time on the clock: on a busy machine the first says what the work
costs. With `--postgres` a server of its own is started, whose work the clock alone counts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

ADDRESSES = {
    "newest first": "",
    "failed, highest reward": "state=failed&sort=reward",
    "text, by name": "q=0077&sort=name",
    "text that nearly all have, most steps": "q=sweep&sort=step",
    "tag, starred, oldest first": "tag=baseline&show=starred&sort=oldest",
    "method and corpus, the last page": "method=rpt&corpus={corpus}&page=400",
}
TIMES = 200


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the list of runs.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        os.environ["FORESIGHT_HOME"] = stack.enter_context(tempfile.TemporaryDirectory())
        if options.postgres:
            from tests.webapp.postgres import postgres

            os.environ["DATABASE_URL"] = stack.enter_context(postgres())
        os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
        os.environ["FORESIGHT_LOG_LEVEL"] = "ERROR"
        import django

        django.setup()
        from django.db import connection

        measure(options.runs)
        connection.close()


def measure(count: int) -> None:
    from django.conf import settings
    from django.db import connection
    from django.http import QueryDict
    from django.test import Client

    from webapp.runs.listing import Filters, choices_of, found_page
    from webapp.runs.models import Run

    settings.ALLOWED_HOSTS = ["testserver"]
    user = fill(count)
    client = Client()
    client.force_login(user)
    corpus = Run.objects.owned_by(user).values_list("corpus", flat=True).first()
    print(f"{Run.objects.owned_by(user).count():,} runs, {connection.vendor}\n")
    print(
        "| page | found, p50 | p95 | read, p50 | p95 | whole answer, p50 | p95 |\n|---|---|---|---|---|---|---|"
    )
    for name, address in ADDRESSES.items():
        query = address.format(corpus=corpus)
        filters, page = Filters.of(QueryDict(query)), QueryDict(query).get("page")

        def queries(filters: Any = filters, page: Any = page) -> None:
            read(user, filters, page)
            choices_of(user, filters)

        def answer(query: str = query) -> None:
            client.get(f"/runs/?{query}")

        def found(filters: Any = filters, page: Any = page) -> None:
            list(found_page(user, filters, page))

        figures = [*times(found), *times(queries), *times(answer)]
        print(f"| {name} | {' | '.join(figures)} |")


def read(user: Any, filters: Any, page: str | None) -> None:
    """What the list reads of the database, as rows."""
    from django.utils import timezone

    from webapp.runs.listing import listed
    from webapp.runs.rows import run_rows

    run_rows(listed(user, filters, page).object_list, timezone.now())


def times(work: Callable[[], Any]) -> tuple[str, str]:
    """p50 and p95: milliseconds of the processor, and in brackets on the clock."""
    for _ in range(10):
        work()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMES):
        begun = (time.thread_time(), time.perf_counter())
        work()
        taken[0].append(1000 * (time.thread_time() - begun[0]))
        taken[1].append(1000 * (time.perf_counter() - begun[1]))
    for one in taken:
        one.sort()
    processor, clock = taken
    p50, p95 = (f"{processor[at]:.1f} ms ({clock[at]:.1f})" for at in (TIMES // 2, int(TIMES * 0.95)))
    return p50, p95


def fill(count: int) -> Any:
    """The runs' owner. A third of the runs has one tag, another tenth two; every seventh is starred."""
    from tests.bench.big_run import Size, make
    from webapp.runs.models import Run
    from webapp.runs.services.bulk import apply

    run = Run.objects.get(pk=make(Size(points=2000, rollouts=512, runs=count)))
    numbers = list(Run.objects.owned_by(run.owner).order_by("pk").values_list("pk", flat=True))
    apply(run.owner, "tag", numbers[::3], ["baseline"])
    apply(run.owner, "tag", numbers[::10], ["sweep", "to do"])
    apply(run.owner, "star", numbers[::7])
    Run.objects.update(
        health="good", health_note="Learning: up 0.2", changed=[["optimisation.learning_rate", "1e-05"]]
    )
    return run.owner


if __name__ == "__main__":
    main()

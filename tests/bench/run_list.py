"""How long the server takes for a page of the list of 10,000 runs: `python -m tests.bench.run_list [--runs N]`.

Makes the runs in a new data folder (`big_run`: every state, a curve each; tags and stars are added), then asks for pages
as a browser does, through every layer but the socket, and in turn for their queries alone. SQLite, or the
database that DATABASE_URL names; it is filled, so give an empty one.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("FORESIGHT_HOME", home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
        os.environ["FORESIGHT_LOG_LEVEL"] = "ERROR"
        import django

        django.setup()
        measure(options.runs)


def measure(count: int) -> None:
    from django.conf import settings
    from django.db import connection
    from django.http import QueryDict
    from django.test import Client

    from webapp.runs.listing import Filters, choices_of
    from webapp.runs.models import Run

    settings.ALLOWED_HOSTS = ["testserver"]
    user = fill(count)
    client = Client()
    client.force_login(user)
    corpus = Run.objects.owned_by(user).values_list("corpus", flat=True).first()
    print(f"{Run.objects.owned_by(user).count():,} runs, {connection.vendor}\n")
    print("| page | queries alone, p50 | p95 | whole answer, p50 | p95 |\n|---|---|---|---|---|")
    for name, address in ADDRESSES.items():
        query = address.format(corpus=corpus)
        filters, page = Filters.of(QueryDict(query)), QueryDict(query).get("page")

        def queries(filters: Any = filters, page: Any = page) -> None:
            read(user, filters, page)
            choices_of(user, filters)

        figures = [*times(queries), *times(lambda query=query: client.get(f"/runs/?{query}"))]
        print(f"| {name} | {' | '.join(f'{one:.1f} ms' for one in figures)} |")


def read(user: Any, filters: Any, page: str | None) -> None:
    """What the list reads of the database, as rows."""
    from django.utils import timezone

    from webapp.runs.listing import listed
    from webapp.runs.rows import run_rows

    run_rows(listed(user, filters, page).object_list, timezone.now())


def times(work: Callable[[], Any]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    for _ in range(10):
        work()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


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

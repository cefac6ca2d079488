"""How fast events become rows: metric events of a made run, from the spool into a fresh database.

    python -m tests.bench.ingest_speed [EVENTS]

Each event has 40 values. First as a backlog, in transactions of 100 events; then one at a time, as a live run's
come. Processor seconds stand beside the wall: others may use the cores.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from typing import Any

EVENTS = 3000
LIVE = 200
VALUES = 40


def _run() -> Any:
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from tests.webapp.made_run import MadeRun, make_bare_run

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("bench", password="bench-the-site")
    return make_bare_run(owner, MadeRun("ingest", "succeeded"))


def _write(run: Any, first: int, count: int) -> None:
    from training.contract.events import Metrics
    from training.contract.stream import EventWriter, spool_path

    dice = random.Random(first)
    writer = EventWriter(spool_path(run.folder_path, 1))
    for step in range(first, first + count):
        values: dict[str, float | None] = {f"measured/value_{n}": dice.random() for n in range(VALUES - 1)}
        writer.emit(Metrics(step=step, values={**values, "reward/mean": dice.random()}))


def _measure(what: str, events: int, work: Any) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{what}: {events / wall:,.0f} events/s, {1000 * processor / events:.2f} ms of processor an event")


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as home:
        os.environ["FORESIGHT_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
        import django

        django.setup()
        from webapp.jobs.ingest import drain
        from webapp.runs.models import MetricPoint

        run = _run()
        _write(run, 1, events)
        _measure(
            f"a backlog of {events:,} events of {VALUES} values", events, lambda: drain(run.job, 1, None)
        )

        def live() -> None:
            for step in range(events + 1, events + LIVE + 1):
                _write(run, step, 1)
                drain(run.job, 1, None)

        _measure(f"{LIVE} live events, one a transaction", LIVE, live)
        assert MetricPoint.objects.count() == (events + LIVE) * VALUES


if __name__ == "__main__":
    main()

"""`manage.py rebuild_rollups [RUN ...]`: makes the roll-ups of metric points again from the points."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from webapp.runs.models import Run
from webapp.runs.rollups import rebuild


class Command(BaseCommand):
    help = "Make the roll-ups that charts of long runs are drawn from again: of these runs, or of all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("runs", nargs="*", type=int, metavar="RUN", help="number of a run")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted: list[int] = options["runs"]
        runs = list(Run.objects.filter(pk__in=wanted) if wanted else Run.objects.all())
        missing = set(wanted) - {run.pk for run in runs}
        if missing:
            raise CommandError(
                f"There is no run {min(missing)}. The list of runs shows their numbers in its links."
            )
        made = 0
        for run in runs:
            with transaction.atomic():
                made += rebuild(run.pk)
        self.stdout.write(f"{made:,} roll-ups of {len(runs):,} runs")

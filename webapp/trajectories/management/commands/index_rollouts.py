"""`manage.py index_rollouts`: bring the search over rollouts up to date now; `--rebuild` makes it anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webapp.runs.models import Run
from webapp.trajectories.index.build import due_runs, forget_all, index_run


class Command(BaseCommand):
    help = "Index the rollouts of runs for the search. The reconciler does it by itself, a few seconds late."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, nargs="*", help="numbers of runs; none: all that are behind")
        parser.add_argument("--rebuild", action="store_true", help="forget the index of all runs first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            forget_all()
        wanted = options["run"]
        runs = Run.objects.filter(pk__in=wanted).select_related("job") if wanted else due_runs()
        for run in runs:
            self.stdout.write(f"run {run.pk}: {index_run(run):,} groups indexed")

"""`manage.py run_job JOB ATTEMPT`: the runner of one attempt, as the launcher starts it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webapp.jobs.runner import Runner


class Command(BaseCommand):
    help = "Run one attempt of a job that has been claimed for it. Exits 0 when the job's state is written."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=int)
        parser.add_argument("attempt", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(Runner(options["job"], options["attempt"]).run())

"""`manage.py reconcile`: the reconciler, until it is stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webapp.jobs.reconciler import Loop, Reconciler
from webapp.jobs.registry import COURIERS
from webapp.jobs.upkeep import Upkeep


class Command(BaseCommand):
    help = "Start due jobs and take over those whose runner has died. Any number of copies may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and exit")
        parser.add_argument(
            "--no-launch", action="store_true", help="never start a job on this machine: tell the workers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        reconciler = Reconciler(launches=not options["no_launch"])
        beside = (Upkeep(), Upkeep(COURIERS))
        if options["once"]:
            reconciler.look()
            for one in beside:
                one.once()
            return
        for one in beside:
            one.start()
        try:
            Loop(reconciler).run()
        finally:
            for one in beside:
                one.stop()

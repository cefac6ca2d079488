"""`manage.py up`: the whole of Foresight on this machine, until Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse

from training.contract.errors import ForesightError
from webapp.local.supervisor import Supervisor
from webapp.local.welcome import FirstUser, box, ensure_demo, ensure_first_user


class Command(BaseCommand):
    help = "Start Foresight on this machine: site, worker, reconciler and Redis. Ctrl-C stops everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=8000, help="the next free one is taken if it is in use"
        )
        parser.add_argument(
            "--demo", action="store_true", help="launch the demo experiment at the first start"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)  # what people upload and train is theirs
        file = _only_one(Path(settings.HOME))
        if file is None:
            self.say(_already_running(Path(settings.HOME)))
            return
        with file:
            try:
                self._run(file, options["port"], options["demo"])
            except ForesightError as error:
                raise CommandError(str(error)) from error

    def _run(self, file: IO[str], port: int, demo: bool) -> None:
        self.say("Preparing the database")
        call_command("migrate", verbosity=0, interactive=False)
        if not settings.DEBUG:
            call_command("collectstatic", verbosity=0, interactive=False)
        supervisor = Supervisor(port, self.say)
        if supervisor.port != port:
            self.say(f"Port {port} is in use; taking {supervisor.port}")
        _write_state(file, supervisor.url)
        try:
            self.say("Starting the site, the worker, the reconciler and Redis")
            supervisor.start()
            if not supervisor.stopping:
                self._welcome(supervisor, demo)
            connections.close_all()
            supervisor.watch()
        finally:
            self.say("Stopping; a run that is under way goes on at the next start")
            supervisor.stop()
            self.say("stopped")

    def _welcome(self, supervisor: Supervisor, demo: bool) -> None:
        self.say(f"Foresight is running at {supervisor.url}")
        user = ensure_first_user()
        if user is not None:
            self.say(box(_password_lines(user)))
        if demo:
            run, launched = ensure_demo()
            address = supervisor.url.rstrip("/") + reverse("run", args=[run.pk])
            self.say(f"The demo run {'is launched' if launched else 'is there already'}: {address}")
        self.say(f"Logs: {Path(settings.HOME) / 'logs'}   Ctrl-C stops everything.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _password_lines(user: FirstUser) -> list[str]:
    return [
        f"user      {user.name}",
        f"password  {user.password}",
        "",
        f"Shown this once. Another one: .venv/bin/python manage.py changepassword {user.name}",
    ]


def _only_one(home: Path) -> IO[str] | None:
    """The lock of this data folder, or None when another `up` holds it."""
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    file = open(home / "run" / "up.json", "a+", encoding="utf-8")  # noqa: SIM115 - held until the end
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _write_state(file: IO[str], url: str) -> None:
    file.seek(0)
    file.truncate()
    json.dump({"pid": os.getpid(), "url": url}, file)
    file.flush()


def _already_running(home: Path) -> str:
    try:
        state = json.loads((home / "run" / "up.json").read_text(encoding="utf-8"))
        return f"Foresight is already running at {state['url']} (process {state['pid']})"
    except (ValueError, KeyError):
        return "Foresight is already starting on this data folder"

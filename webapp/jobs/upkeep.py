"""What is done beside the reconciler, in a thread of its own: work that may lag and never decides about jobs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from django import db
from django.conf import settings
from django.utils.module_loading import import_string

from webapp.jobs.registry import UPKEEP

logger = logging.getLogger(__name__)


class Upkeep:
    """Does every task a little at a time, without a break while one of them has more to do."""

    def __init__(self, tasks: Sequence[str] = UPKEEP) -> None:
        self._tasks: list[Callable[[], bool]] = [import_string(path) for path in tasks]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the piece of work that is under way is done."""
        self._stopped.set()
        self._thread.join()

    def once(self) -> bool:
        """A little of every task; whether there is more to do. Raises nothing: what failed is tried again."""
        more = [self._does_more(task) for task in self._tasks]
        return any(more)

    def _does_more(self, task: Callable[[], bool]) -> bool:
        try:
            return task()
        except db.Error as error:
            logger.warning("The database does not answer: %s", error)
            db.connection.close()
        except Exception:
            logger.exception("Upkeep failed; it is tried again")
        return False

    def _run(self) -> None:
        while not self._stopped.is_set():
            if not self.once():
                self._stopped.wait(settings.JOB_RECONCILE_SECONDS)
        db.connection.close()

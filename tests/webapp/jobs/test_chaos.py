"""Whatever is killed, and whenever: no event missing, none twice, in order, never two trainers, no orphan."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from tests.webapp.jobs.conftest import on_disk, state_of, stored, wait_for
from webapp.jobs.models import Job
from webapp.jobs.processes import cookie_holders
from webapp.jobs.services.create import job_folder

pytestmark = pytest.mark.slow

STEPS = 600
KILLING_SECONDS = 25.0


class Reconcilers:
    """Two copies, and their stand-ins after each death."""

    def __init__(self) -> None:
        self.processes = [self.start(), self.start()]

    @staticmethod
    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "manage.py", "reconcile"], cwd=settings.BASE_DIR)

    def kill_one(self, number: int) -> None:
        self.processes[number].kill()
        self.processes[number].wait()
        self.processes[number] = self.start()


@pytest.fixture
def reconcilers(fast_jobs: None) -> Iterator[Reconcilers]:
    copies = Reconcilers()
    yield copies
    for process in copies.processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_kills_lose_nothing(make_job: Callable[..., Job], reconcilers: Reconcilers, seed: int) -> None:
    dice = random.Random(seed)
    job = make_job("--steps", str(STEPS), "--pace", "0.05", "--save-every", "5")
    end = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < end:
        time.sleep(dice.uniform(2, 5))
        if state_of(job) != "running":
            continue
        victim = dice.choice(["runner", "trainer", "reconciler"])
        trainers = list(cookie_holders(job.cookie))
        if victim == "runner" and job.pid:
            os.kill(job.pid, signal.SIGKILL)
        elif victim == "trainer" and trainers:
            os.kill(min(trainers), signal.SIGKILL)
        else:
            reconcilers.kill_one(dice.randrange(2))
    wait_for(lambda: state_of(job) in {"succeeded", "failed"}, 120)
    assert job.state == "succeeded", job.error
    assert stored(job) == on_disk(job)
    steps = job.events.filter(type="metrics").values_list("payload__step", flat=True)
    assert set(steps) == set(range(1, STEPS + 1))
    assert not (job_folder(job) / "two_at_once").exists()
    assert cookie_holders(job.cookie) == {}

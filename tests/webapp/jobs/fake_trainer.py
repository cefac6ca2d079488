"""A stand-in for `python -m training` that only pretends: it counts steps and writes events.

It can crash, hang, ignore SIGTERM, finish short, fail for good and leave children behind, so that tests
see how a job ends. It learns nothing and imports no torch.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from training.contract.events import (
    CheckpointSaved,
    Failed,
    Finished,
    Metrics,
    Resumed,
    StageChanged,
)
from training.contract.stream import EventWriter, spool_path


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--attempt", type=int, required=True)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--pace", type=float, default=0.02, help="seconds of a step")
    parser.add_argument("--save-every", type=int, default=2)
    parser.add_argument("--crash-at", type=int, default=0, help="exit 1 instead of this step")
    parser.add_argument("--crashes", type=int, default=1, help="in so many attempts")
    parser.add_argument("--short", type=int, default=0, help="say that only so many steps were done")
    parser.add_argument("--fail", default="", help="fail for good with this message")
    parser.add_argument("--deaf", action="store_true", help="ignore SIGTERM")
    parser.add_argument(
        "--children", action="store_true", help="start a child, and one that leaves the session"
    )
    return parser.parse_args()


def start_children(folder: Path) -> None:
    sleep = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
    near = subprocess.Popen([sys.executable, "-c", sleep])
    far = subprocess.Popen([sys.executable, "-c", sleep], start_new_session=True, env={"PATH": "/usr/bin"})
    (folder / "pids.json").write_text(json.dumps([os.getpid(), near.pid, far.pid]))


def main() -> int:
    arguments = parse()
    folder: Path = arguments.folder
    lock = open(folder / "fake_trainer.lock", "ab")  # noqa: SIM115 - held until the process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        (folder / "two_at_once").touch()
        return 1
    if arguments.deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if arguments.children:
        start_children(folder)
    events = EventWriter(spool_path(folder, arguments.attempt))
    events.emit(StageChanged(stage="train", status="started"))
    if arguments.fail:
        events.emit(Failed(message=arguments.fail, field="data.corpus", remedy="Name another."))
        return 2
    saved = folder / "saved_step"
    first = int(saved.read_text()) if saved.exists() else 0
    if first:
        events.emit(Resumed(step=first, path=f"checkpoints/step_{first:06d}"))
    for step in range(first + 1, arguments.steps + 1):
        time.sleep(arguments.pace)
        if step == arguments.crash_at and arguments.attempt <= arguments.crashes:
            print("Traceback: out of luck", flush=True)
            return 1
        events.emit(Metrics(step=step, values={"reward/mean": step / 10, "time/step": arguments.pace}))
        if step % arguments.save_every == 0:
            partial = folder / f"saved_step.{os.getpid()}"
            partial.write_text(str(step))
            partial.replace(saved)
            path = f"checkpoints/step_{step:06d}"
            events.emit(CheckpointSaved(step=step, path=path, model_files=(), bytes=1, weights_sha256="00"))
    events.emit(Finished(steps_done=arguments.short or arguments.steps, steps_asked=arguments.steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())

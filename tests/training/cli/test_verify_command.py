"""The `verify` command: one line for each finding, and the exit status."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.manifest import Facts
from training.checkpoints.store import seal_checkpoint
from training.cli import verify
from training.contract.events import Finished, Metrics
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.stream import EventWriter, spool_path


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A run of one step with its checkpoint."""
    (tmp_path / "experiment.yaml").write_text(dump_yaml(parse_experiment({"optimisation": {"steps": 1}})))
    writer = EventWriter(spool_path(tmp_path, 1))
    writer.emit(Metrics(step=1, values={"reward/mean": 0.5}))
    writer.emit(seal_checkpoint(make_checkpoint(tmp_path, 1), 1, Facts(reward=0.5)))
    writer.emit(Finished(steps_done=1, steps_asked=1))
    return tmp_path


def command(run_dir: Path) -> int:
    parser = argparse.ArgumentParser()
    verify.register(parser.add_subparsers())
    parsed = parser.parse_args(["verify", str(run_dir)])
    result: int = parsed.command(parsed)
    return result


def test_verify_of_a_whole_run_exits_0(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(run_dir) == 0
    assert capsys.readouterr().out == (
        "ok      checkpoint: step_000001 verified, 3 files, 16 bytes\n"
        "ok      events: events.1.jsonl has 1 to 3 without a gap\n"
        "ok      rollouts: 0 files as their events say\n"
        "ok      steps: 1 of 1 done\n"
    )


def test_verify_of_a_damaged_run_exits_3(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run_dir / "checkpoints/step_000001/model/model.safetensors").write_bytes(b"wei")
    assert command(run_dir) == 3
    assert (
        "DAMAGED checkpoint: step_000001 is damaged: model/model.safetensors has 3" in capsys.readouterr().out
    )

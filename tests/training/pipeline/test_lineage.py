"""Runs that begin with a checkpoint, and the control of a run: from text to weights, without Ray."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.pipeline.test_run_command import TEXT, tiny_experiment
from tests.training.tiny import make_tiny_model
from training.checkpoints.manifest import read_manifest, verify_checkpoint
from training.checkpoints.origin import read_origin
from training.checkpoints.verify_run import verify_run
from training.contract.errors import ForesightError
from training.contract.events import Began, CheckpointSaved, Event, Finished, Metrics, StageChanged
from training.contract.experiment import ExperimentConfig
from training.contract.settings.method import NtpConfig
from training.contract.stream import read_after, spool_path
from training.models.fingerprint import weights_sha256
from training.pipeline import run
from training.prompts.task_file import read_tasks


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    (folder / "text.txt").write_text(TEXT)
    return folder


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))


def control(
    home: Path, steps: int = 2, start_from: str = "", tokens: int = 0, reference: str = ""
) -> ExperimentConfig:
    config = tiny_experiment(
        home / "text.txt",
        model={"start_from": start_from},
        optimisation={"steps": steps},
        checkpoints={"best_by": "control/loss"},
    )
    method = NtpConfig(tokens_per_step=tokens, reference=reference, sequence_tokens=16)
    return config.model_copy(update={"method": method})


def events_of(folder: Path) -> list[Event]:
    return [envelope.event for envelope in read_after(spool_path(folder, 1))]


@pytest.fixture(scope="module")
def parent(home: Path) -> Path:
    """A finished control of two steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORESIGHT_HOME", str(home))
        assert run(control(home, tokens=48), home / "parent", attempt=1) == 2
    return home / "parent"


def test_control_goes_from_text_to_weights(home: Path, parent: Path) -> None:
    events = events_of(parent)
    assert [event.step for event in events if isinstance(event, Metrics)] == [1, 2]
    assert events[-1] == Finished(steps_done=2, steps_asked=2)
    stages = [
        event.stage for event in events if isinstance(event, StageChanged) and event.status == "finished"
    ]
    assert stages == ["prepare", "documents", "positions", "tasks", "control"]
    assert [finding.text for finding in verify_run(parent) if not finding.ok] == []
    began = next(event for event in events if isinstance(event, Began))
    assert began == Began(model="tiny", weights_sha256=weights_sha256(home / "models" / "tiny"))


def test_run_from_a_checkpoint_begins_with_its_very_weights(home: Path, parent: Path) -> None:
    checkpoint = parent / "checkpoints" / "step_000002"
    named = read_manifest(checkpoint).weights_sha256
    child = home / "child"
    run(control(home, 1, str(checkpoint), tokens=48), child, attempt=1)
    events = events_of(child)
    began = next(event for event in events if isinstance(event, Began))
    assert (began.weights_sha256, began.step, began.start_from) == (named, 2, str(checkpoint))
    assert weights_sha256(child / "work" / "start") == named
    saved = next(event for event in events if isinstance(event, CheckpointSaved))
    assert saved.parent_weights_sha256 == verify_checkpoint(child / saved.path).parent_weights_sha256 == named
    card = (child / saved.path / "model" / "README.md").read_text()
    assert "| Starts from | `parent/checkpoints/step_000002`, step 2 |" in card
    assert f"| Start weights, SHA-256 | `{named}` |" in card
    assert "| Data | text.txt, 1 documents |" in card


def test_control_of_a_run_is_measured_at_its_positions_for_its_compute(home: Path, parent: Path) -> None:
    folder = home / "compared"
    run(control(home, reference=str(parent)), folder, attempt=1)
    theirs, ours = (read_tasks(one / "work" / "tasks.parquet") for one in (parent, folder))
    assert ours == theirs
    # The parent has no rollouts: its steps cost 6 N T, as this one's do.
    metrics = [event for event in events_of(folder) if isinstance(event, Metrics)]
    assert [event.values["compute/train_tokens"] for event in metrics] == [48, 48]
    origin, reference = read_origin(folder), read_origin(parent)
    assert origin is not None
    assert origin == reference


def test_control_of_a_run_on_other_text_is_refused(home: Path, parent: Path) -> None:
    (home / "other.txt").write_text(TEXT)
    config = control(home, reference=str(parent))
    other = config.model_copy(
        update={"data": config.data.model_copy(update={"corpus": str(home / "other.txt")})}
    )
    with pytest.raises(ForesightError, match="other settings under `data`") as caught:
        run(other, home / "refused", attempt=1)
    assert caught.value.field == "method.reference"

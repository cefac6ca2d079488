"""Sealing a checkpoint and finding damage in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.manifest import MANIFEST, Facts, read_manifest, verify_checkpoint
from training.checkpoints.store import seal_checkpoint
from training.contract.errors import ForesightError
from training.models.fingerprint import weights_sha256


def test_seal_announces_the_checkpoint_and_it_verifies(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, 15)
    saved = seal_checkpoint(folder, 15, Facts(reward=0.25))
    assert (saved.step, saved.path, saved.bytes, saved.reward) == (15, "checkpoints/step_000015", 16, 0.25)
    assert [(file.path, file.bytes) for file in saved.model_files] == [
        ("model/config.json", 2),
        ("model/model.safetensors", 7),
    ]
    assert saved.model_files[1].sha256 == hashlib.sha256(b"weights").hexdigest()
    manifest = verify_checkpoint(folder)
    assert [file.path for file in manifest.files] == [
        "model/config.json",
        "model/model.safetensors",
        "state/actor/optim.pt",
    ]
    assert manifest.weights_sha256 == saved.weights_sha256
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "model", "state"]


def test_weights_name_depends_on_the_weights_alone(tmp_path: Path) -> None:
    saved = [seal_checkpoint(make_checkpoint(tmp_path, step), step) for step in (1, 2)]
    other = seal_checkpoint(make_checkpoint(tmp_path, 3, b"changed"), 3)
    assert saved[0].weights_sha256 == saved[1].weights_sha256
    assert saved[0].weights_sha256 != other.weights_sha256


def test_weights_name_is_the_one_of_the_model_folder(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, 1)
    (folder / "model" / "model-2.safetensors").write_bytes(b"more")
    assert seal_checkpoint(folder, 1).weights_sha256 == weights_sha256(folder / "model")


def test_seal_without_weights_is_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, 1)
    (folder / "model" / "model.safetensors").unlink()
    with pytest.raises(ForesightError, match="no safetensors"):
        seal_checkpoint(folder, 1)
    assert not (folder / MANIFEST).exists()


def test_verify_without_manifest_says_it_was_never_finished(tmp_path: Path) -> None:
    with pytest.raises(ForesightError, match=r"step_000001 has no manifest.json: it was never finished"):
        verify_checkpoint(make_checkpoint(tmp_path, 1))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model/model.safetensors", b"weightz", "model/model.safetensors has changed"),
        ("model/model.safetensors", b"weigh", "model/model.safetensors has 5 bytes, not 7"),
        ("state/actor/optim.pt", None, "lacks state/actor/optim.pt"),
        ("state/extra.pt", b"x", "holds state/extra.pt, which is not in its manifest"),
        ("manifest.json", b'{"step": 1', "damaged manifest.json"),
    ],
)
def test_verify_names_the_damaged_file(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    folder = make_checkpoint(tmp_path, 1)
    seal_checkpoint(folder, 1)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(ForesightError, match=message) as caught:
        verify_checkpoint(folder)
    assert caught.value.field == "checkpoint"


def test_verify_of_a_manifest_that_points_outside_is_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, 1)
    seal_checkpoint(folder, 1)
    (tmp_path / "checkpoints" / "outside").write_bytes(b"weights")
    text = (folder / MANIFEST).read_text().replace("model/model.safetensors", "../outside")
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ForesightError, match=r"lacks \.\./outside"):
        verify_checkpoint(folder)


def test_manifest_reward_not_a_number_reads_as_unknown(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, 1)
    seal_checkpoint(folder, 1, Facts(reward=float("nan")))
    assert read_manifest(folder).reward is None

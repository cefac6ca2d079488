"""A small checkpoint folder for tests."""

from __future__ import annotations

from pathlib import Path

from training.checkpoints.store import checkpoint_folder


def make_checkpoint(run_dir: Path, step: int, weights: bytes = b"weights") -> Path:
    """Write an unsealed checkpoint of `step` and return its folder."""
    folder = checkpoint_folder(run_dir, step)
    (folder / "model").mkdir(parents=True)
    (folder / "state" / "actor").mkdir(parents=True)
    (folder / "model" / "config.json").write_text("{}")
    (folder / "model" / "model.safetensors").write_bytes(weights)
    (folder / "state" / "actor" / "optim.pt").write_bytes(b"moments")
    return folder

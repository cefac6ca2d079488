"""The name that weights get from their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from training.models.fingerprint import weights_sha256


def _folder(path: Path, data: bytes) -> Path:
    path.mkdir()
    (path / "model.safetensors").write_bytes(data)
    return path


def test_fingerprint_is_the_hash_of_names_and_contents(tmp_path: Path) -> None:
    line = f"model.safetensors {hashlib.sha256(b'abc').hexdigest()}\n"
    assert weights_sha256(_folder(tmp_path / "a", b"abc")) == hashlib.sha256(line.encode()).hexdigest()


def test_fingerprint_depends_on_weights_and_not_on_the_folder(tmp_path: Path) -> None:
    one, same, other = (
        _folder(tmp_path / name, data) for name, data in (("a", b"1"), ("b", b"1"), ("c", b"2"))
    )
    (same / "README.md").write_text("other words", encoding="utf-8")
    assert weights_sha256(one) == weights_sha256(same) != weights_sha256(other)

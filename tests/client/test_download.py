"""Checkpoints are downloaded whole or not at all: cut connections, damage, files that are there already."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from foresight import ApiError, Client, DamagedDownload, Unreachable
from foresight.errors import ForesightClientError
from foresight.resources.rollouts import _inside
from tests.client.fault_proxy import Faults
from tests.webapp.made_run import make_bare_run, make_checkpoint
from webapp.runs.models import Checkpoint, Run

WEIGHTS = bytes(range(256)) * 5 + b"20"


@pytest.fixture
def run(token: str, user: Any) -> Run:
    made = make_bare_run(user)
    make_checkpoint(made, 10, removed=True)
    make_checkpoint(made, 20)
    return made


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("download")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WHOLE = {"config.json": b'{"model_type": "llama"}\n', "model.safetensors": WEIGHTS, "tokenizer.json": b"{}"}


def test_newest_checkpoint_is_a_hugging_face_folder(
    client_of_site: Client, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    told: list[tuple[str, int, int]] = []
    found = client_of_site.checkpoints.download(run.pk, report=lambda *words: told.append(words))
    assert found == Path(f"run-{run.pk}-step-20")
    assert contents(folder / found) == WHOLE
    assert [words for words in told if words[1] == words[2]][-1] == ("tokenizer.json", 2, 2)


def test_download_goes_on_where_it_was_cut(faulty: tuple[Client, Faults], run: Run, folder: Path) -> None:
    client, faults = faulty
    # The list and the first file pass; the weights' answer is cut in its body, and again after some more bytes.
    faults.plan += [None, None, 1200, "drop", 900]
    client.checkpoints.download(run.pk, 20, folder)
    assert contents(folder) == WHOLE
    asked = [request for request in faults.requests if b"model.safetensors" in request]
    ranges = [re.search(rb"[Rr]ange: bytes=(\d+)-", request) for request in asked]
    starts = [int(found[1]) if found else 0 for found in ranges]
    assert len(starts) == 4
    assert starts[0] == 0 < starts[1] == starts[2] < starts[3] < len(WEIGHTS)


def test_download_goes_on_in_a_later_call(client_of_site: Client, run: Run, folder: Path) -> None:
    (folder / "model.safetensors.partial").write_bytes(WEIGHTS[:1000])
    told: list[tuple[str, int, int]] = []
    client_of_site.checkpoints.download(run.pk, 20, folder, lambda *words: told.append(words))
    assert contents(folder) == WHOLE
    assert ("model.safetensors", 1282, 1282) in told
    assert not [words for words in told if words[0] == "model.safetensors" and words[1] < 1000]


@pytest.mark.parametrize("left", [b"x" * 500, b"x" * 1282, b"x" * 5000])
def test_part_of_something_else_is_thrown_away(
    client_of_site: Client, run: Run, folder: Path, left: bytes
) -> None:
    (folder / "model.safetensors.partial").write_bytes(left)
    client_of_site.checkpoints.download(run.pk, 20, folder)
    assert contents(folder) == WHOLE


def test_whole_file_is_not_fetched_again(faulty: tuple[Client, Faults], run: Run, folder: Path) -> None:
    client, faults = faulty
    client.checkpoints.download(run.pk, 20, folder)
    (folder / "tokenizer.json").write_bytes(b"[]")
    before = len(faults.requests)
    client.checkpoints.download(run.pk, 20, folder)
    assert contents(folder) == WHOLE
    asked = b"".join(faults.requests[before:])
    assert b"model.safetensors" not in asked


def test_damage_on_the_site_is_named_and_nothing_is_left(
    client_of_site: Client, run: Run, folder: Path
) -> None:
    checkpoint = Checkpoint.objects.get(step=20)
    file = run.folder_path / checkpoint.path / "model/model.safetensors"
    file.write_bytes(b"x" * len(WEIGHTS))
    with pytest.raises(DamagedDownload, match=r"model.safetensors does not have the SHA-256"):
        client_of_site.checkpoints.download(run.pk, 20, folder)
    assert "model.safetensors" not in contents(folder)
    assert "model.safetensors.partial" not in contents(folder)


def test_site_that_stays_away_leaves_what_has_come(
    faulty: tuple[Client, Faults], run: Run, folder: Path
) -> None:
    client, faults = faulty
    (folder / "model.safetensors.partial").write_bytes(WEIGHTS[:1000])
    (folder / "config.json").write_bytes(WHOLE["config.json"])
    faults.plan += [None, *["drop"] * 4]
    with pytest.raises(Unreachable):
        client.checkpoints.download(run.pk, 20, folder)
    assert (folder / "model.safetensors.partial").read_bytes() == WEIGHTS[:1000]


def test_checkpoint_that_is_not_there_names_those_that_are(client_of_site: Client, run: Run) -> None:
    with pytest.raises(ForesightClientError) as caught:
        client_of_site.checkpoints.download(run.pk, 10)
    assert str(caught.value) == (
        f"Run {run.pk} has no checkpoint of step 10 on the site. There are checkpoints of the steps 20."
    )


def test_run_without_a_checkpoint_says_so(client_of_site: Client, user: Any) -> None:
    run = make_bare_run(user)
    with pytest.raises(
        ForesightClientError, match=r"has no checkpoint on the site. Wait until one is saved."
    ):
        client_of_site.checkpoints.download(run.pk)


def test_file_that_the_disk_of_the_site_has_lost_is_an_error(
    client_of_site: Client, run: Run, folder: Path
) -> None:
    (run.folder_path / "checkpoints/step_000020/model/tokenizer.json").unlink()
    with pytest.raises(ApiError, match=r"or the disk has lost it"):
        client_of_site.checkpoints.download(run.pk, 20, folder)


@pytest.mark.parametrize("path", ["../x", "model/../../x", "/etc/passwd", "model//etc/passwd", "model/", ""])
def test_name_that_leaves_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ForesightClientError, match=r"lies outside of the folder"):
        _inside(path)


def test_name_inside_the_folder_loses_its_first_part() -> None:
    assert [str(_inside(path)) for path in ("model/a.json", "model/sub/b", "README.md")] == [
        "a.json",
        "sub/b",
        "README.md",
    ]

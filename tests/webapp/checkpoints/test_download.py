"""Downloads of a checkpoint over HTTP: exact bytes, in parts, by the owner alone."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse

from tests.webapp.made_run import make_bare_run, make_checkpoint
from webapp.runs.models import Checkpoint

WEIGHTS = bytes(range(256)) * 5 + b"10"


@pytest.fixture
def checkpoint(db: None, user: Any, settings: Any, tmp_path: Path) -> Checkpoint:
    settings.HOME = tmp_path
    return make_checkpoint(make_bare_run(user), 10)


def ask(user: Any, url: str, method: str = "get", **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body, read the way an ASGI server reads them."""
    client = AsyncClient()
    client.force_login(user)

    async def call() -> tuple[int, Any, bytes]:
        response = await getattr(client, method)(url, headers=headers)
        if response.streaming:
            return response.status_code, response.headers, b"".join([c async for c in response])
        return response.status_code, response.headers, response.content

    return async_to_sync(call)()


def weights_url(checkpoint: Checkpoint, path: str = "model/model.safetensors") -> str:
    return reverse("checkpoint-file", args=[checkpoint.run_id, checkpoint.step, path])


def archive_url(checkpoint: Checkpoint) -> str:
    return reverse("checkpoint-archive", args=[checkpoint.run_id, checkpoint.step])


def test_file_without_range_is_sent_whole(checkpoint: Checkpoint, user: Any) -> None:
    status, headers, body = ask(user, weights_url(checkpoint))
    assert (status, body) == (200, WEIGHTS)
    assert headers["Content-Length"] == "1282"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"] == f'"{hashlib.sha256(WEIGHTS).hexdigest()}"'
    assert headers["Content-Disposition"] == 'attachment; filename="model.safetensors"'


@pytest.mark.parametrize(
    ("asked", "content_range", "body"),
    [
        ("bytes=100-199", "bytes 100-199/1282", WEIGHTS[100:200]),
        ("bytes=-2", "bytes 1280-1281/1282", b"10"),
        ("bytes=1270-", "bytes 1270-1281/1282", WEIGHTS[1270:]),
        ("bytes=0-99999", "bytes 0-1281/1282", WEIGHTS),
    ],
)
def test_file_with_range_is_sent_in_part(
    checkpoint: Checkpoint, user: Any, asked: str, content_range: str, body: bytes
) -> None:
    status, headers, received = ask(user, weights_url(checkpoint), Range=asked)
    assert (status, headers["Content-Range"], received) == (206, content_range, body)
    assert headers["Content-Length"] == str(len(body))


def test_range_outside_the_file_is_416_with_the_size(checkpoint: Checkpoint, user: Any) -> None:
    status, headers, body = ask(user, weights_url(checkpoint), Range="bytes=1282-")
    assert (status, headers["Content-Range"], body) == (416, "bytes */1282", b"")


def test_if_range_of_another_version_sends_the_whole(checkpoint: Checkpoint, user: Any) -> None:
    asked = {"Range": "bytes=100-199", "If-Range": '"another"'}
    status, headers, body = ask(user, weights_url(checkpoint), **asked)
    assert (status, body) == (200, WEIGHTS)
    assert "Content-Range" not in headers


def test_if_range_of_this_version_sends_the_part(checkpoint: Checkpoint, user: Any) -> None:
    _, headers, _ = ask(user, weights_url(checkpoint))
    asked = {"Range": "bytes=100-199", "If-Range": headers["ETag"]}
    assert ask(user, weights_url(checkpoint), **asked)[0] == 206


def test_known_version_is_304(checkpoint: Checkpoint, user: Any) -> None:
    etag = ask(user, weights_url(checkpoint))[1]["ETag"]
    assert ask(user, weights_url(checkpoint), **{"If-None-Match": etag})[0] == 304


def test_head_gives_the_length_and_no_body(checkpoint: Checkpoint, user: Any) -> None:
    status, headers, body = ask(user, archive_url(checkpoint), "head")
    assert (status, headers["Content-Length"], body) == (200, "10240", b"")


def test_archive_opens_and_holds_the_model_folder(checkpoint: Checkpoint, user: Any) -> None:
    _, headers, body = ask(user, archive_url(checkpoint))
    assert headers["Content-Disposition"] == 'attachment; filename="made-run-step-000010.tar"'
    assert len(body) == int(headers["Content-Length"])
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames() == [
            "made-run-step-000010/manifest.json",
            "made-run-step-000010/config.json",
            "made-run-step-000010/model.safetensors",
            "made-run-step-000010/tokenizer.json",
        ]
        weights = archive.extractfile("made-run-step-000010/model.safetensors")
        assert weights is not None
        assert weights.read() == WEIGHTS


def test_archive_resumed_at_every_odd_place_has_the_same_sha256(checkpoint: Checkpoint, user: Any) -> None:
    whole = ask(user, archive_url(checkpoint))[2]
    for stop in (1, 511, 513, 2048, 3333):
        rest = ask(user, archive_url(checkpoint), Range=f"bytes={stop}-")[2]
        assert hashlib.sha256(whole[:stop] + rest).digest() == hashlib.sha256(whole).digest()


@pytest.mark.parametrize(
    "path", ["model/other.bin", "../../experiment.yaml", "manifest.json", "state/optim.pt", "/etc/passwd"]
)
def test_path_that_the_row_does_not_list_is_404(checkpoint: Checkpoint, user: Any, path: str) -> None:
    assert ask(user, weights_url(checkpoint).replace("model/model.safetensors", path))[0] == 404


def test_listed_path_that_leaves_the_run_folder_is_404(checkpoint: Checkpoint, user: Any) -> None:
    outside = checkpoint.run.folder_path.parent / "secret"
    outside.write_bytes(b"12")
    link = checkpoint.run.folder_path / checkpoint.path / "model" / "link"
    link.symlink_to(outside)
    checkpoint.files = [{"path": "model/link", "bytes": 2, "sha256": "0" * 64}]
    checkpoint.save()
    assert ask(user, weights_url(checkpoint, "model/link"))[0] == 404
    assert ask(user, archive_url(checkpoint))[0] == 404


def test_file_with_another_size_than_its_row_is_404(checkpoint: Checkpoint, user: Any) -> None:
    (checkpoint.run.folder_path / checkpoint.path / "model/model.safetensors").write_bytes(b"damaged")
    assert ask(user, weights_url(checkpoint))[0] == 404
    assert ask(user, archive_url(checkpoint))[0] == 404


def test_removed_checkpoint_is_404(checkpoint: Checkpoint, user: Any) -> None:
    Checkpoint.objects.update(removed=True)
    assert ask(user, archive_url(checkpoint))[0] == 404


def test_another_users_checkpoint_is_404(checkpoint: Checkpoint, django_user_model: Any) -> None:
    stranger = django_user_model.objects.create_user("stranger", password="a-long-password-1")
    assert ask(stranger, archive_url(checkpoint))[0] == 404
    assert ask(stranger, weights_url(checkpoint))[0] == 404

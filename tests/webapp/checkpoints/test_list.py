"""The list of checkpoints: model card, lineage in both directions, what can be done with each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
from webapp.checkpoints.archive import archive_bytes, checkpoint_archive
from webapp.runs.models import Checkpoint, Run

CARD = "# smollm2\n\nTrained with <b>GRPO</b>.\n"


@pytest.fixture
def checkpoint(home: Path, user: Any) -> Checkpoint:
    """A checkpoint with a model card."""
    made = make_checkpoint(make_bare_run(user), 10)
    made.files = [*made.files, {"path": "model/README.md", "bytes": len(CARD), "sha256": "0" * 64}]
    made.save()
    (made.run.folder_path / made.path / "model/README.md").write_text(CARD, encoding="utf-8")
    return made


def page(client: Client, checkpoint: Checkpoint) -> str:
    return client.get(f"/runs/{checkpoint.run_id}/checkpoints/").content.decode()


def test_download_says_how_large_it_is(client_signed_in: Client, checkpoint: Checkpoint) -> None:
    made = checkpoint_archive(checkpoint)
    assert made is not None
    assert archive_bytes(checkpoint) == sum(segment.length for segment in made.segments) == 10_240
    assert "Download (.tar, 10.2 kB)" in page(client_signed_in, checkpoint)


def test_model_card_is_shown_as_text(client_signed_in: Client, checkpoint: Checkpoint) -> None:
    address = f"/runs/{checkpoint.run_id}/checkpoints/10/card/"
    assert f'hx-get="{address}"' in page(client_signed_in, checkpoint)
    shown = client_signed_in.get(address).content.decode()
    assert "Trained with &lt;b&gt;GRPO&lt;/b&gt;." in shown


def test_checkpoint_without_a_card_offers_none(client_signed_in: Client, home: Path, user: Any) -> None:
    bare = make_checkpoint(make_bare_run(user), 10)
    assert "Model card" not in page(client_signed_in, bare)
    assert client_signed_in.get(f"/runs/{bare.run_id}/checkpoints/10/card/").status_code == 404


def test_runs_that_began_with_it_are_named(client_signed_in: Client, checkpoint: Checkpoint) -> None:
    child = make_bare_run(checkpoint.run.owner, MadeRun("the child"))
    Run.objects.filter(pk=child.pk).update(start_checkpoint=checkpoint)
    assert f'<a href="/runs/{child.pk}/">the child</a>' in page(client_signed_in, checkpoint)


def test_checkpoint_on_the_disk_can_be_tried_and_a_removed_one_cannot(
    client_signed_in: Client, checkpoint: Checkpoint
) -> None:
    address = f'href="/try/?of=run%3A{checkpoint.run_id}/step%3A10"'
    assert address in page(client_signed_in, checkpoint)
    Checkpoint.objects.filter(pk=checkpoint.pk).update(removed=True)
    assert address not in page(client_signed_in, checkpoint)

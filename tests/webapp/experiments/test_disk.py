"""The forecast of disk space beside the form."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from webapp.corpora.models import Corpus

PARAMETERS = 134_515_008


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def settings(corpus: Corpus, **changes: str) -> dict[str, Any]:
    """Two checkpoints and 30 steps of 48 rollouts of 32 tokens, whatever the preset is."""
    fixed = {
        "optimisation__steps": "30",
        "optimisation__contexts_per_step": "6",
        "optimisation__mini_batch_contexts": "6",
        "checkpoints__every": "15",
        "sampling__max_response_tokens": "32",
    }
    return posted(corpus, **{**fixed, **changes})


def words(client: Client, data: dict[str, Any]) -> str:
    panel = client.post("/experiments/check/", data).content.decode()
    return " ".join(re.sub(r"<[^>]+>", "", panel).split())


def test_panel_says_what_the_run_will_take(
    home: Path, user: Any, client_signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 50_000_000_000))
    said = words(client_signed_in, settings(made_corpus(home, user)))
    # two checkpoints of 16 bytes a parameter, the cold start's 4, and 46,080 response tokens of 20 bytes
    total = PARAMETERS * 36 + 30 * 48 * 32 * 20
    assert (
        f"Disk: up to {total / 1e9:.3g} GB, of which {PARAMETERS * 32 / 1e9:.3g} GB of checkpoints; 50 GB are free."
        in said
    )
    assert "would stop when the disk is full" not in said


def test_panel_warns_of_a_run_that_does_not_fit(
    home: Path, user: Any, client_signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 4_000_000_000))
    said = words(client_signed_in, settings(made_corpus(home, user)))
    assert "The run may take 4.84 GB of disk and 4 GB are free: it would stop when the disk is full." in said


def test_panel_reads_the_models_own_header(home: Path, user: Any, client_signed_in: Client) -> None:
    folder = home / "models" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    header = json.dumps({"a": {"dtype": "F32", "shape": [1000, 1000]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    said = words(
        client_signed_in, settings(made_corpus(home, user), model__name="mine", cold_start__steps="0")
    )
    assert "Disk: up to 32.9 MB, of which 32 MB of checkpoints" in said


def test_panel_says_so_for_a_model_that_is_not_there_yet(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    said = words(client_signed_in, settings(made_corpus(home, user), model__name="org/model"))
    assert "Disk: not known before the model is on this machine." in said

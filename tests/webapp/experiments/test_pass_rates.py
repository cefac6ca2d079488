"""A selection by measured pass rates names one of the owner's probes, and training reads its file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.experiments.posted import posted
from tests.webapp.probes.made_probe import made_probe, made_result
from training.contract.errors import ForesightError
from training.contract.experiment import load_experiment
from training.contract.probe_result import ProbeResult
from webapp.corpora.models import Corpus
from webapp.experiments.pass_rates import find_probe_file
from webapp.jobs.services.create import job_folder
from webapp.probes.models import Probe
from webapp.runs.models import Run

GROUPS = [(4, 0.75, (0.0, 1.0)), (6, 1.75, (1.0, 1.0)), (7, 2.25, (1.0, 0.0))]
"""(first byte, entropy, rewards) at usable positions of the made scan."""


def probed(corpus: Corpus, result: ProbeResult | None = None) -> Probe:
    """A finished probe with its file on the disk."""
    probe = made_probe(corpus, result)
    folder = job_folder(probe.job)
    folder.mkdir(parents=True, exist_ok=True)
    groups = [
        {
            "document": 0, "document_name": "d", "token_index": 1, "byte_start": start, "byte_end": start + 1,
            "entropy": entropy, "context_tail": "", "truth": "", "rewards": rewards, "boxed": 2, "truncated": 0,
        }
        for start, entropy, rewards in GROUPS
    ]  # fmt: skip
    (folder / "probe.json").write_text(json.dumps({"groups": groups}))
    return probe


def by_pass_rate(corpus: Corpus, reference: str) -> dict[str, Any]:
    return posted(
        corpus,
        positions__selection="pass_rate",
        positions__pass_rates=reference,
        positions__min_context="2",
    )


def panel(client: Client, data: dict[str, Any]) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", client.post("/experiments/check/", data).content.decode()).split())


def test_panel_counts_the_positions_with_such_a_pass_rate(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    made_scan(home, corpus)
    words = panel(client_signed_in, by_pass_rate(corpus, f"probe:{probed(corpus).pk}"))
    assert "With pass rates from 0.1 to 0.9 the scan keeps 2 of 5 positions." in words


def test_run_reads_the_probes_file(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    probe = probed(corpus)
    answer = client_signed_in.post("/experiments/launch/", by_pass_rate(corpus, f"probe:{probe.pk}"))
    assert answer.status_code == 302
    run = Run.objects.get()
    config = load_experiment(home / run.job.folder / "experiment.yaml")
    assert config.positions.pass_rates == str((job_folder(probe.job) / "probe.json").resolve())
    assert run.experiment.typed.positions.pass_rates == f"probe:{probe.pk}"


def test_paths_and_other_peoples_probes_are_not_there(
    home: Path, user: Any, other_user: Any, client_signed_in: Client
) -> None:
    theirs = probed(made_corpus(home, other_user))
    corpus = made_corpus(home, user)
    for reference in (
        f"probe:{theirs.pk}",
        str(job_folder(theirs.job) / "probe.json"),
        "probe:999",
        "probe:",
    ):
        with pytest.raises(ForesightError, match="is not there"):
            find_probe_file(user, reference)
        assert "The probe whose pass rates are asked for is not there." in panel(
            client_signed_in, by_pass_rate(corpus, reference)
        )


def test_page_of_a_probe_opens_the_form_with_its_pass_rates(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    probe = probed(made_corpus(home, user), made_result())
    page = client_signed_in.get(f"/probes/{probe.pk}/").content.decode()
    assert "Use the measured pass rates" in page
    assert f"pass_rates: probe:{probe.pk}" in page

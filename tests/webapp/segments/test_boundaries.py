"""Adjusted boundaries on the way to a run: `corpus:12` on the form, a file in the experiment of a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.experiments.posted import posted
from tests.webapp.segments.made import ENDS, TEXT, cut_corpus
from training.contract.boundaries_file import read_boundaries, text_sha256
from training.contract.errors import ForesightError
from training.contract.experiment import load_experiment, parse_experiment
from webapp.corpora.models import Corpus
from webapp.jobs.services.create import job_folder
from webapp.runs.models import Run
from webapp.segments.boundaries import boundaries_file, with_boundaries
from webapp.segments.models import Adjustment


def adjusted(home: Path, user: Any, name: str = "numbers") -> Corpus:
    """A corpus whose document has its first two segments joined."""
    corpus = cut_corpus(home, user, name=name)
    for ends in ([ENDS[1], ENDS[4]], list(ENDS[1:])):
        Adjustment.objects.create(corpus=corpus, document=0, sha256=text_sha256(TEXT), ends=ends)
    return corpus


def panel(client: Client, data: dict[str, Any]) -> str:
    page = client.post("/experiments/check/", data).content.decode()
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_page_of_segments_leads_to_an_experiment_with_them(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = adjusted(home, user)
    page = client_signed_in.get(f"/corpora/{corpus.pk}/segments/").content.decode()
    (address,) = re.findall(r'href="(/experiments/new/\?[^"]*boundaries[^"]*)"', page)
    form = client_signed_in.get(address.replace("&amp;", "&")).content.decode()
    assert f'name="segments.boundaries" value="corpus:{corpus.pk}" readonly' in form


def test_launched_run_gets_the_last_boundaries_as_a_file(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = adjusted(home, user)
    data = posted(corpus, "rlpt-demo-cpu", segments__boundaries=f"corpus:{corpus.pk}")
    data |= {"data.held_out_documents": "0", "evaluation.every": "0"}
    answer = client_signed_in.post("/experiments/launch/", data)
    assert answer.status_code == 302, panel(client_signed_in, data)
    config = load_experiment(job_folder(Run.objects.get().job) / "experiment.yaml")
    assert read_boundaries(Path(config.segments.boundaries)).documents == {text_sha256(TEXT): ENDS[1:]}


def test_file_of_a_run_stays_when_boundaries_change(home: Path, user: Any) -> None:
    corpus = adjusted(home, user)
    before = boundaries_file(corpus)
    assert boundaries_file(corpus) == before
    Adjustment.objects.last().delete()
    assert boundaries_file(corpus) != before
    assert read_boundaries(before).documents == {text_sha256(TEXT): ENDS[1:]}


def test_boundaries_of_another_corpus_or_none_are_refused(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus, other = adjusted(home, user), cut_corpus(home, user, name="other")
    of_other = posted(other, "rlpt-demo-cpu", segments__boundaries=f"corpus:{corpus.pk}")
    assert "These boundaries are of another corpus." in panel(client_signed_in, of_other)
    none = posted(other, "rlpt-demo-cpu", segments__boundaries=f"corpus:{other.pk}")
    assert "No boundaries of other are adjusted any more." in panel(client_signed_in, none)
    config = parse_experiment({"method": {"kind": "rlpt"}, "segments": {"boundaries": "/etc/passwd"}})
    with pytest.raises(ForesightError, match="of another corpus") as caught:
        with_boundaries(config, corpus)
    assert caught.value.field == "segments.boundaries"


def test_other_methods_leave_boundaries_alone(home: Path, user: Any) -> None:
    corpus = adjusted(home, user)
    config = parse_experiment({"segments": {"boundaries": "corpus:999"}})
    assert with_boundaries(config, corpus).segments.boundaries == ""

"""Instruction tuning on the form: which corpora fit, how many steps, and a cold start on conversations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from training.contract.errors import ForesightError
from training.contract.experiment import load_experiment
from training.contract.settings.answers import SftConfig
from webapp.corpora.models import Corpus
from webapp.corpora.references import find_conversations
from webapp.runs.models import Run


def made_conversations(home: Path, owner: Any, count: int = 100, name: str = "talk") -> Corpus:
    """A ready corpus that its check has found to hold so many conversations."""
    corpus = made_corpus(home, owner, name=name)
    report = {**corpus.report, "kind": "conversations", "documents": count, "turns": 2 * count}
    Corpus.objects.filter(pk=corpus.pk).update(
        kind="conversations", report=report, join_fields=["problem", "solution"]
    )
    corpus.refresh_from_db()
    return corpus


def words(client: Client, data: dict[str, Any]) -> str:
    answer = client.post("/experiments/check/", data)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", "", answer.content.decode()).split())


def test_form_opens_with_a_corpus_of_the_kind_that_the_preset_wants(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    documents, conversations = made_corpus(home, user), made_conversations(home, user)
    for preset, corpus in (("sft-demo-cpu", conversations), ("demo-cpu", documents)):
        page = client_signed_in.get("/experiments/new/", {"preset": preset}).content.decode()
        assert f'<option value="{corpus.pk}" selected>' in page, preset


def test_panel_says_how_many_steps_the_epochs_make_at_most(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_conversations(home, user, 100)
    panel = words(client_signed_in, posted(corpus, "sft-demo-cpu", data__held_out_documents="10"))
    # 90 conversations make 6 steps of 16 an epoch.
    assert "16 conversations → 1 update a step 3 epochs, which make at most 18 steps" in panel
    assert "to correct" not in panel
    assert "No finished scan" not in panel
    assert "Not used: the epochs decide how many steps there are." in panel


def test_corpus_of_the_other_kind_is_an_error_beside_it(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    documents, conversations = made_corpus(home, user), made_conversations(home, user)
    panel = words(client_signed_in, posted(documents, "sft-demo-cpu"))
    assert "made holds documents. Choose a corpus of conversations." in panel
    panel = words(client_signed_in, posted(conversations))
    assert "talk holds conversations. Choose a corpus of documents." in panel


def test_launch_trains_on_what_the_check_left_and_does_not_know_its_steps(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_conversations(home, user)
    client_signed_in.post("/experiments/launch/", posted(corpus, "sft-demo-cpu"))
    run = Run.objects.get()
    config = load_experiment(home / run.job.folder / "experiment.yaml")
    assert isinstance(config.method, SftConfig)
    assert config.data.corpus == str(home / corpus.folder / "documents.jsonl")
    assert config.method.messages_field == "messages"
    assert run.steps_asked == 0
    stored = run.experiment.typed.method
    assert isinstance(stored, SftConfig)
    assert (stored.prompt_field, stored.response_field) == ("problem", "solution")


def test_cold_start_takes_a_corpus_of_conversations_by_its_number(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    documents, conversations = made_corpus(home, user), made_conversations(home, user)
    page = client_signed_in.get("/experiments/new/").content.decode()
    assert f'<option value="corpus:{conversations.pk}" >talk (100)</option>' in page
    data = posted(documents, cold_start__conversations=f"corpus:{conversations.pk}")
    assert "of cold start on conversations" in words(client_signed_in, data)
    client_signed_in.post("/experiments/launch/", data)
    run = Run.objects.get()
    config = load_experiment(home / run.job.folder / "experiment.yaml")
    assert config.cold_start.conversations == str(home / conversations.folder / "documents.jsonl")
    assert run.experiment.typed.cold_start.conversations == f"corpus:{conversations.pk}"


@pytest.mark.parametrize("reference", ["corpus:999", "/etc/passwd", "corpus:{documents}", "corpus:{other}"])
def test_cold_start_takes_no_path_no_documents_and_nobody_elses(
    home: Path, user: Any, other_user: Any, client_signed_in: Client, reference: str
) -> None:
    documents = made_corpus(home, user)
    other = made_conversations(home, other_user)
    named = reference.format(documents=documents.pk, other=other.pk)
    with pytest.raises(ForesightError) as caught:
        find_conversations(user, named)
    assert caught.value.field == "cold_start.conversations"
    panel = words(client_signed_in, posted(documents, cold_start__conversations=named))
    assert "The conversations of the cold start are not there." in panel


def test_run_from_a_checkpoint_needs_no_conversations(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    documents, conversations = made_corpus(home, user), made_conversations(home, user)
    data = posted(documents, cold_start__conversations=f"corpus:{conversations.pk}")
    client_signed_in.post("/experiments/launch/", data)
    experiment = Run.objects.get().experiment
    query = {"from": experiment.pk, "start": "run:1/step:2"}
    page = client_signed_in.get("/experiments/new/", query).content.decode()
    assert "makes no cold start" not in page

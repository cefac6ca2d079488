"""The form of an experiment on problems with answers: what it offers, what it says of a corpus."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.presets import preset
from webapp.corpora.models import Corpus
from webapp.experiments.check import examine
from webapp.experiments.training_config import for_training


def experiment(**method: Any) -> ExperimentConfig:
    data = preset("rlvr-demo-cpu").model_dump(mode="json")
    data["method"] |= method
    return parse_experiment(data)


@pytest.fixture
def rows(home: Any, user: Any) -> Corpus:
    """A checked file of 40 problems."""
    report = {
        "format": "jsonl", "sha256": "ab", "documents": 40, "characters": 1, "bytes": 1, "duplicates": 0,
        "empty": 0, "fields": ["problem", "solution"], "used_fields": ["problem"], "warnings": [],
        "compression": "",
    }  # fmt: skip
    return Corpus.objects.create(
        owner=user, name="aime", file="corpora/aime.jsonl", original_name="aime.jsonl", text_field="problem",
        state=Corpus.State.READY, report=report,
    )  # fmt: skip


def test_preset_opens_with_arithmetic_chosen(home: Any, user: Any, client_signed_in: Client) -> None:
    page = client_signed_in.get(reverse("experiment-new"), {"preset": "rlvr-demo-cpu"}).content.decode()
    corpus = Corpus.objects.get(dataset="arithmetic")
    assert re.search(rf'<option value="{corpus.pk}"[^>]*selected', page)
    assert "1.2 epochs of 256 problems. The difficulty filter leaves fewer." in page
    assert "No finished scan" not in page


def test_rows_without_the_problems_field_are_refused_before_the_launch(rows: Corpus) -> None:
    assert "method.problem_field" not in examine(experiment(), rows).errors
    assert examine(experiment(problem_field="question"), rows).errors["method.problem_field"] == (
        "No row of aime has text in a field 'question'. The fields that hold text are: problem, solution."
    )


def test_running_text_holds_no_problems(home: Any, user: Any) -> None:
    text = Corpus.objects.create(owner=user, name="a book", original_name="a.txt", file="corpora/a.txt")
    assert examine(experiment(), text).errors["data.corpus"] == (
        "a book has no rows of fields. Choose a corpus of problems with answers, or arithmetic."
    )


def test_training_reads_the_rows_themselves(rows: Corpus, user: Any) -> None:
    assert for_training(experiment(), rows).data.corpus == rows.file.path
    hub = Corpus.objects.create(owner=user, name="hub", dataset="hf:org/math:test")
    assert for_training(experiment(), hub).data.corpus == "hf:org/math:test"
    assert for_training(preset("demo-cpu"), hub).data.corpus.endswith("documents.jsonl")

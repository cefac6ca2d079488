"""What the form starts from: presets in words, and the name that is proposed for the run."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from tests.webapp.experiments.test_form import value_of
from training.contract.presets import PRESETS
from webapp.corpora.models import Corpus


def opened(client: Client, corpus: Corpus, **query: Any) -> str:
    return str(client.get("/experiments/new/", {"corpus": corpus.pk, **query}).content.decode())


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_every_preset_has_a_title_of_its_own_and_a_sentence() -> None:
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)
    assert all(preset.title and preset.help.endswith(".") for preset in PRESETS.values())


def test_presets_are_shown_with_title_and_sentence(home: Path, user: Any, client_signed_in: Client) -> None:
    said = words(opened(client_signed_in, made_corpus(home, user)))
    assert "Next-token demo demo-cpu A real run of RPT on two CPU cores:" in said
    assert "Verifiable-rewards demo rlvr-demo-cpu Verifiable rewards on two CPU cores" in said


def test_preset_that_leaves_documents_out_says_so(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    assert "It uses 10 of" not in opened(client_signed_in, corpus)
    corpus.report |= {"documents": 40}
    corpus.save()
    page = opened(client_signed_in, corpus)
    link = '<a href="#field-data.max_documents">Data</a>'
    assert f"It uses 10 of 40 documents; change that at {link}." in page
    assert f"Uses the first <strong>10</strong> of 40 documents; change that at {link}." in page
    assert "It uses" not in opened(client_signed_in, corpus, preset="rlpt-paper")


def test_name_is_proposed_by_corpus_and_preset(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user, name="Letters")
    page = opened(client_signed_in, corpus)
    assert value_of(page, "name") == "Letters, Next-token demo"
    assert 'id="field-name" data-setting="name" data-was="Letters, Next-token demo"' in page
    page = opened(client_signed_in, corpus, preset="rlpt-demo-cpu")
    assert value_of(page, "name") == "Letters, Next-segment demo"


def test_another_corpus_has_another_name_proposed(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(made_corpus(home, user, name="Numbers"), name="Letters, Next-token demo")
    panel = client_signed_in.post("/experiments/check/", data).content.decode()
    assert '"name": "Numbers, Next-token demo"' in panel


def test_long_name_of_a_corpus_makes_no_name_that_is_refused(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    page = opened(client_signed_in, made_corpus(home, user, name="x" * 120))
    assert value_of(page, "name") == "x" * 120

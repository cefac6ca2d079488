"""The form counts the positions of the documents that the run will read and train on, and says which those are."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.experiments.posted import posted
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.presets import preset
from training.contract.split import held_out_places
from training.corpus.split import split_documents
from training.positions.select import select_positions
from training.records import Document
from webapp.corpora.models import Corpus, Scan
from webapp.experiments.kept import Kept, kept_by

DOCUMENTS = 4


@pytest.fixture
def corpus(home: Path, user: Any) -> Corpus:
    """Four documents like the made one; the scan has five positions of each, one of them inside a character."""
    corpus = made_corpus(home, user)
    corpus.report |= {"documents": DOCUMENTS}
    corpus.save()
    scan = made_scan(home, corpus)
    file = Path(scan.positions_file)
    rows = pq.read_table(file).to_pylist()
    pq.write_table(
        pa.Table.from_pylist([{**row, "document": n} for n in range(DOCUMENTS) for row in rows]), file
    )
    scan.summary |= {"documents": 4, "positions": 20, "positions_per_document": dict.fromkeys("0123", 5)}
    scan.save()
    return corpus


def settings(**sections: dict[str, Any]) -> ExperimentConfig:
    data = preset("demo-cpu").model_dump(mode="json")
    data["data"]["max_documents"] = 0
    data["positions"] |= {"selection": "threshold", "threshold": 0.75, "min_context": 2}
    for section, values in sections.items():
        data[section] |= values
    return parse_experiment(data)


def found(corpus: Corpus, **sections: dict[str, Any]) -> tuple[int, int, str]:
    one = kept_by(settings(**sections), corpus)
    assert one is not None
    return one.positions, one.of, one.where


def test_whole_corpus_is_counted_whole(corpus: Corpus) -> None:
    assert found(corpus) == (12, 20, "")


def test_first_documents_alone_are_counted_where_the_run_reads_no_more(corpus: Corpus) -> None:
    assert found(corpus, data={"max_documents": 3}) == (9, 15, " of the first 3 documents")
    assert found(corpus, data={"max_documents": 1}) == (3, 5, " of the first document")
    assert found(corpus, data={"max_documents": 9}) == (12, 20, "")


def test_documents_that_are_held_out_are_not_counted(corpus: Corpus) -> None:
    assert found(corpus, data={"held_out_documents": 1}) == (9, 15, " of the documents that are not held out")
    both = {"max_documents": 3, "held_out_documents": 1}
    assert found(corpus, data=both) == (6, 10, " of the first 3 documents without the 1 held out")


def test_minimal_context_is_that_of_the_experiment(corpus: Corpus) -> None:
    assert found(corpus, positions={"min_context": 5})[:2] == (4, 20)


def test_count_is_what_training_selects(corpus: Corpus) -> None:
    config = settings(data={"max_documents": 3, "held_out_documents": 1})
    documents = [Document(index=n, name=str(n), text="x") for n in range(3)]
    train, held_out = split_documents(documents, 1, config.seed)
    assert {one.index for one in held_out} == set(held_out_places(3, 1, config.seed))
    file = Path(Scan.objects.get().positions_file)
    selected = select_positions(
        file, config.positions, seed=config.seed, documents={one.index for one in train}
    )
    one = kept_by(config, corpus)
    assert isinstance(one, Kept)
    assert one.positions == len(selected) == 6


def test_scan_of_some_documents_says_what_it_covers(corpus: Corpus) -> None:
    Scan.objects.update(summary=Scan.objects.get().summary | {"positions_per_document": {"0": 5, "1": 5}})
    assert found(corpus) == (6, 10, " of the 2 documents that it covers")
    assert found(corpus, data={"max_documents": 2}) == (6, 10, " of the first 2 documents")


def test_scan_of_the_very_documents_is_not_made_again(corpus: Corpus) -> None:
    def whole(**data: int) -> bool:
        one = kept_by(settings(data=data), corpus)
        assert one is not None
        return one.whole

    assert (whole(), whole(max_documents=3), whole(held_out_documents=1)) == (True, False, False)


def test_form_says_of_which_documents(corpus: Corpus, client_signed_in: Client) -> None:
    data = posted(corpus, data__max_documents="3", positions__min_context="2", positions__threshold="0.75")
    panel = client_signed_in.post("/experiments/check/", data).content.decode()
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", panel)).split())
    assert "From 0.75 to 1.5 nats the scan keeps 3 of 15 positions of the first 3 documents." in words
    assert "Kept ones have at least 2 tokens of context." in words
    assert "Uses the first 3 of 4 documents; change that at Data." in words
    assert "the scan of the corpus comes on top" in words

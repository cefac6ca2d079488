"""The form of a preparation and the job it becomes."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from tests.training.preparation.planted import write_corpus, write_set
from tests.webapp.preparations.made import draft_of, posted, prepared, uploaded
from training.contract.errors import ForesightError
from training.contract.preparation import load_preparation
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.preparations.models import Preparation
from webapp.preparations.services.start import start_preparation


@pytest.fixture
def corpus(home: Path, tmp_path: Path, user: Any) -> Corpus:
    return uploaded(user, write_corpus(tmp_path))


@pytest.fixture
def items(home: Path, tmp_path: Path, user: Any) -> Corpus:
    return uploaded(user, write_set(tmp_path), "problem")


def words(page: bytes) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def test_start_queues_the_prepare_command_with_the_files_of_the_corpora(
    corpus: Corpus, items: Corpus
) -> None:
    preparation = start_preparation(corpus.owner, draft_of(corpus, items, near_duplicates__threshold="0.9"))
    job = preparation.job
    assert (job.kind, job.state, job.folder) == ("prepare", "queued", f"preparations/{job.pk}")
    assert job.arguments == [
        "prepare", "--config", "{folder}/prepare.yaml", "--out", "{folder}", "--events", "{spool}",
    ]  # fmt: skip
    config = load_preparation(job_folder(job) / "prepare.yaml")
    assert config.data.corpus == corpus.file.path
    assert config.near_duplicates.threshold == 0.9
    (one,) = config.decontamination.against
    assert (one.name, one.file, one.text_field) == ("test", items.file.path, "problem")
    assert preparation.config["data"]["corpus"] == "planted"
    assert preparation.config["decontamination"]["against"][0]["file"] == "test"


def test_form_posts_what_it_shows_and_leads_to_the_preparation(
    corpus: Corpus, items: Corpus, client_signed_in: Client
) -> None:
    page = client_signed_in.get(f"/corpora/{corpus.pk}/prepare/")
    assert page.status_code == 200
    assert f'name="decontamination.against" value="{items.pk}"' in page.content.decode()
    post = posted(
        corpus, items, personal_data__enabled="false", quality_rules__phrases="buy now\r\nclick here\r\n"
    )
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/prepare/", post)
    preparation = Preparation.objects.get()
    assert answer["Location"] == f"/preparations/{preparation.pk}/"
    config = preparation.typed_config
    assert config.quality_rules.phrases == ("buy now", "click here")
    assert [config.near_duplicates.enabled, config.personal_data.enabled] == [True, False]


def test_untouched_form_gives_the_default_settings(corpus: Corpus, client_signed_in: Client) -> None:
    client_signed_in.post(f"/corpora/{corpus.pk}/prepare/", posted(corpus))
    stored = Preparation.objects.get().config
    defaults = draft_of(corpus).config
    assert defaults is not None
    assert stored == defaults.model_dump(mode="json")
    assert len(stored["quality_rules"]["phrases"]) == 11


def test_errors_stand_beside_their_settings_and_what_was_typed_stays(
    corpus: Corpus, client_signed_in: Client
) -> None:
    post = posted(
        corpus,
        near_duplicates__threshold="much",
        decontamination__ngram_words="4",
        quality_rules__most_words="-1",
    )
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/prepare/", post)
    assert answer.status_code == 422
    said = words(answer.content)
    assert "near_duplicates.threshold : Give a number." in said
    assert "quality_rules.most_words : Input should be greater than or equal to 0" in said
    page = answer.content.decode()
    assert 'value="much"' in page
    assert Job.objects.count() == 0
    section = client_signed_in.post(
        f"/corpora/{corpus.pk}/prepare/", posted(corpus, decontamination__ngram_words="4")
    )
    assert "decontamination.shortest_item : shortest_item (5) is above ngram_words (4)" in words(
        section.content
    )


def test_unknown_local_model_is_told_on_the_form(corpus: Corpus) -> None:
    on = {"quality_model__enabled": "true", "quality_model__model": "nowhere"}
    assert "There is no model 'nowhere'" in draft_of(corpus, **on).errors["quality_model.model"]
    assert draft_of(corpus, **(on | {"quality_model__enabled": "false"})).errors == {}


def test_prepare_again_opens_with_the_earlier_settings(
    corpus: Corpus, items: Corpus, client_signed_in: Client
) -> None:
    earlier = prepared(corpus, items, quality_rules__fewest_words="3", personal_data__enabled="false")
    page = client_signed_in.get(f"/corpora/{corpus.pk}/prepare/?from={earlier.pk}").content.decode()
    assert re.search(r'id="id_quality_rules.fewest_words"[^>]* value="3"', page)
    assert re.search(r'data-stage="personal_data" data-off', page)


def test_only_own_checked_documents_can_be_sets(
    home: Path, tmp_path: Path, corpus: Corpus, items: Corpus, other_user: Any
) -> None:
    theirs = uploaded(other_user, write_set(tmp_path), "problem")
    conversations = Corpus.objects.create(
        owner=corpus.owner, name="talk", file="x/t.jsonl", kind="conversations", state=Corpus.State.READY
    )
    for wrong in (theirs, conversations, corpus):
        draft = draft_of(corpus, items, wrong)
        assert draft.sets == (items,)
        assert draft.errors == {
            "decontamination.against": "A corpus that was chosen is not there any more. Choose again."
        }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"state": "checking"}, "planted has not passed its check."),
        ({"kind": "conversations"}, "planted holds conversations, and only documents can be prepared."),
    ],
)
def test_corpus_that_cannot_be_prepared_is_refused_in_words(
    corpus: Corpus, client_signed_in: Client, fields: dict[str, str], message: str
) -> None:
    draft = draft_of(corpus)
    Corpus.objects.filter(pk=corpus.pk).update(**fields)
    draft.corpus.refresh_from_db()
    with pytest.raises(ForesightError, match=re.escape(message)):
        start_preparation(corpus.owner, draft)
    answer = client_signed_in.get(f"/corpora/{corpus.pk}/prepare/")
    assert answer.status_code == 422
    assert message in words(answer.content)


def test_another_users_corpus_cannot_be_prepared(
    home: Path, tmp_path: Path, other_user: Any, client_signed_in: Client
) -> None:
    theirs = uploaded(other_user, write_corpus(tmp_path))
    assert client_signed_in.get(f"/corpora/{theirs.pk}/prepare/").status_code == 404
    assert client_signed_in.post(f"/corpora/{theirs.pk}/prepare/", posted(theirs)).status_code == 404
    assert Preparation.objects.count() == 0


def test_settings_of_the_page_are_a_file_for_the_command(corpus: Corpus, client_signed_in: Client) -> None:
    preparation = prepared(corpus)
    page = client_signed_in.get(f"/preparations/{preparation.pk}/").content.decode()
    text = re.search(r'<pre id="settings-text"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert text is not None
    assert yaml.safe_load(html.unescape(text[1])) == preparation.config

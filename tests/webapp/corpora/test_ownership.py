"""Another user's corpora and scans do not exist; a corpus in use is not removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus, made_scan
from webapp.corpora.models import Corpus, Scan
from webapp.experiments.models import Experiment


def test_every_address_of_another_user_is_404(home: Path, other_user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, other_user)
    scan = made_scan(home, corpus)
    own = f"/corpora/{corpus.pk}/"
    for address in (own, f"{own}scans/", f"{own}documents/0/", f"/corpora/scans/{scan.pk}/"):
        assert client_signed_in.get(address).status_code == 404, address
    assert client_signed_in.get(f"/corpora/scans/{scan.pk}/documents/0/").status_code == 404
    for address in (f"{own}check/", f"{own}delete/", f"{own}scan/", f"/corpora/scans/{scan.pk}/cancel/"):
        assert client_signed_in.post(address).status_code == 404, address
    assert corpus.name not in client_signed_in.get("/corpora/").content.decode()
    assert Corpus.objects.count() == Scan.objects.count() == 1


def test_corpora_signed_out_asks_to_sign_in(db: None) -> None:
    answer = Client().get("/corpora/")
    assert answer.status_code == 302 and answer.url == "/sign-in/?next=/corpora/"


def test_delete_corpus_takes_scans_and_folder(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    made_scan(home, corpus)
    client_signed_in.post(f"/corpora/{corpus.pk}/delete/")
    assert Corpus.objects.count() == Scan.objects.count() == 0
    assert not (home / "corpora").joinpath(str(corpus.pk)).exists()


def test_delete_corpus_of_an_experiment_is_refused(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    Experiment.objects.create(owner=user, name="x", corpus=corpus, config={})
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/delete/", follow=True)
    assert "made is used by 1 experiment, so it stays." in answer.content.decode()
    assert Corpus.objects.count() == 1


def test_scan_page_lists_scanned_documents(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    scan = made_scan(home, corpus)
    page = client_signed_in.get(f"/corpora/scans/{scan.pk}/").content.decode()
    assert f'href="/corpora/{corpus.pk}/documents/0/?scan={scan.pk}"' in page
    assert "2.25 nats" in page

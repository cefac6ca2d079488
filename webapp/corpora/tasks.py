"""Celery tasks of corpora: one call into a service each."""

from __future__ import annotations

from celery import shared_task

from webapp.corpora.services.check import check_corpus


@shared_task
def check(corpus_id: int) -> None:
    check_corpus(corpus_id)

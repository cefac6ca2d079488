"""Marks a corpus as being checked and asks a worker to do it.

When the broker is away nothing is lost: the page that waits for the check does it itself.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from webapp.corpora.models import Corpus

log = logging.getLogger(__name__)


def request_check(corpus: Corpus) -> None:
    """Set the state to `checking`, forget the last finding, and send the task after commit."""
    corpus.state = Corpus.State.CHECKING
    corpus.error = {}
    corpus.report = {}
    corpus.checking_since = timezone.now()
    corpus.save()
    transaction.on_commit(lambda: _send(corpus.pk))


def _send(corpus_id: int) -> None:
    from webapp.corpora.tasks import check  # tasks import the services

    try:
        check.delay(corpus_id)
    except (OperationalError, RedisError, OSError):
        log.warning("The broker is away; corpus %s is checked when its page asks.", corpus_id)

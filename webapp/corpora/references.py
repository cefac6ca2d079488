"""Which corpus of conversations a cold start learns from: `corpus:12`, one of the owner's own.

A setting that names a file of training never comes from a form as a path. What training reads gets the
path of what the corpus' check left, whose rows have `messages` whatever the fields of the file were.
"""

from __future__ import annotations

import re
from typing import Any

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from webapp.corpora.models import Corpus

_CORPUS = re.compile(r"corpus:(\d{1,12})")


def find_conversations(owner: Any, reference: str) -> Corpus:
    """The owner's checked corpus of conversations. Raises ForesightError, field `cold_start.conversations`."""
    match = _CORPUS.fullmatch(reference)
    ready = Corpus.objects.owned_by(owner).ready().conversations()
    found: Corpus | None = ready.filter(pk=int(match[1])).first() if match else None
    if found is None:
        raise ForesightError(
            "The conversations of the cold start are not there.",
            field="cold_start.conversations",
            remedy="Choose a corpus of conversations that has passed its check, or none.",
        )
    return found


def with_conversations(config: ExperimentConfig, owner: Any) -> ExperimentConfig:
    """The config as training reads it: the corpus is its file. Raises ForesightError for a lost one."""
    reference = config.cold_start.conversations
    if not reference:
        return config
    path = find_conversations(owner, reference).training_source
    cold_start = config.cold_start.model_copy(update={"conversations": path})
    return config.model_copy(update={"cold_start": cold_start})

"""Adds a dataset of the Hugging Face hub as a corpus; its check fetches it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.contract.corpus_files import HUB_PREFIX, hub_dataset
from training.contract.errors import ForesightError
from webapp.corpora.models import DOCUMENTS, Corpus
from webapp.corpora.services.request_check import request_check


def add_dataset(
    owner: Any,
    dataset: str,
    *,
    text_field: str = "text",
    join_fields: Sequence[str] = (),
    template: str = "",
    kind: str = DOCUMENTS,
) -> Corpus:
    """Keep the dataset's name and ask for its check.

    Raises:
        ForesightError: field `dataset`; it is no `org/name` or `org/name:split`.
    """
    wanted = HUB_PREFIX + dataset.strip().removeprefix(HUB_PREFIX)
    found = hub_dataset(wanted)
    if found is None:
        raise ForesightError(
            f"{dataset.strip()!r} names no dataset.",
            field="dataset",
            remedy="Write org/name, or org/name:split for another split than train.",
        )
    corpus = Corpus(
        owner=owner,
        name=found.name[:120],
        dataset=wanted,
        text_field=text_field,
        join_fields=list(join_fields),
        template=template,
        kind=kind,
    )
    request_check(corpus)
    return corpus

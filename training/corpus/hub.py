"""Reads a dataset of the Hugging Face hub row by row, with the `datasets` library. Runs no code of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.contract.corpus_files import HubDataset
from training.contract.errors import ForesightError
from training.corpus.mapping import Row
from training.corpus.refuse import bad_corpus

_CONTACT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class HubRows:
    """Rows on the hub, and what identifies them."""

    rows: Iterator[Row]
    sha256: str  # of the dataset's name, revision and split


def open_hub(dataset: HubDataset) -> HubRows:
    """Open a split of a dataset; its rows come over the network while they are read.

    Raises ForesightError, field `data.corpus`: the hub cannot be reached (retryable), it has no such
    dataset or split, or not for this user.
    """
    revision = _revision(dataset)
    named = f"{dataset.name}@{revision}:{dataset.split}"
    return HubRows(_rows(_load(dataset, revision), dataset), hashlib.sha256(named.encode()).hexdigest())


def _revision(dataset: HubDataset) -> str:
    """The newest revision. Asked first, with a short timeout: loading retries an absent hub for minutes."""
    import httpx
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    name = dataset.name
    try:
        return str(HfApi().dataset_info(name, timeout=_CONTACT_SECONDS).sha)
    except GatedRepoError as error:
        raise bad_corpus(f"The dataset {name} asks for a licence to be accepted.", _ELSE) from error
    except RepositoryNotFoundError as error:
        raise bad_corpus(f"The hub has no dataset {name}, or not for this user.", _ELSE) from error
    except (OfflineModeIsEnabled, HfHubHTTPError, httpx.HTTPError, OSError) as error:
        raise _unreachable(name, error) from error


def _load(dataset: HubDataset, revision: str) -> Iterable[Mapping[str, Any]]:
    from datasets import load_dataset

    try:
        loaded: Iterable[Mapping[str, Any]] = load_dataset(
            dataset.name, split=dataset.split, revision=revision, streaming=True
        )
    except ValueError as error:  # an unknown split, or a dataset of several configurations
        raise bad_corpus(
            f"The split {dataset.split!r} of {dataset.name} cannot be read: {str(error).splitlines()[0]}",
            "Name a split that is there, as hf:org/name:split.",
        ) from error
    except (RuntimeError, OSError) as error:
        raise bad_corpus(f"{dataset.name} cannot be read: {str(error).splitlines()[0]}", _ELSE) from error
    return loaded


def _rows(loaded: Iterable[Mapping[str, Any]], dataset: HubDataset) -> Iterator[Row]:
    import httpx

    try:
        for number, values in enumerate(loaded, start=1):
            yield Row(f"row {number}", values)
    except (httpx.HTTPError, OSError) as error:
        raise _unreachable(dataset.name, error) from error


_ELSE = "Use another dataset, or upload its file."


def _unreachable(name: str, error: Exception) -> ForesightError:
    return bad_corpus(
        f"The dataset {name} cannot be read: the Hugging Face hub cannot be reached ({type(error).__name__}).",
        "Try again when it can be, or upload the dataset's file.",
        retryable=True,
    )

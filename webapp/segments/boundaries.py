"""Boundaries a person set, as training reads them: `corpus:12` in an experiment, a file in a run.

A setting that names a file of training never comes from a form as a path. What training reads gets the
path of a file that is named by its content: later changes leave it as it is.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from django.conf import settings

from training.contract.boundaries_file import Boundaries, write_boundaries
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from webapp.corpora.models import Corpus
from webapp.segments.cuts import adjusted_texts

FIELD = "segments.boundaries"
_CORPUS = re.compile(r"corpus:(\d{1,12})")


def boundaries_error(config: ExperimentConfig, corpus: Corpus | None) -> str:
    """What is wrong with the boundaries that a draft names, as a sentence; "" where nothing is."""
    reference = config.segments.boundaries
    if not reference or config.method.kind != "rlpt" or corpus is None:
        return ""
    match = _CORPUS.fullmatch(reference)
    if match is None or int(match[1]) != corpus.pk:
        return "These boundaries are of another corpus. Clear this, or choose that corpus."
    if not corpus.adjustments.exists():
        return f"No boundaries of {corpus.name} are adjusted any more. Clear this, or adjust some."
    return ""


def with_boundaries(config: ExperimentConfig, corpus: Corpus) -> ExperimentConfig:
    """The config as training reads it: the boundaries are a file. Raises ForesightError for lost ones."""
    error = boundaries_error(config, corpus)
    if error:
        raise ForesightError(error, field=FIELD)
    used = config.segments.boundaries and config.method.kind == "rlpt"
    path = str(boundaries_file(corpus)) if used else ""
    return config.model_copy(update={"segments": config.segments.model_copy(update={"boundaries": path})})


def boundaries_file(corpus: Corpus) -> Path:
    """The file with the corpus' adjusted boundaries as they are now."""
    boundaries = Boundaries(documents=dict(sorted(adjusted_texts(corpus).items())))
    digest = hashlib.sha256(boundaries.model_dump_json().encode()).hexdigest()[:24]
    path = Path(settings.HOME).resolve() / corpus.folder / "boundaries" / f"{digest}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_boundaries(path, boundaries)
    return path


def reference_of(corpus: Any) -> str:
    """What stands in the form for the boundaries of a corpus."""
    return f"corpus:{corpus.pk}"

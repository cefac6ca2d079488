"""A stored experiment as the training commands read it: corpus, checkpoint and run by their folders."""

from __future__ import annotations

from typing import Any

from training.contract.experiment import ExperimentConfig
from training.contract.settings.answers import RlvrConfig, SftConfig
from webapp.corpora.models import MESSAGES_FIELD, Corpus
from webapp.corpora.references import with_conversations
from webapp.experiments.pass_rates import with_probe_file
from webapp.runs.references import with_folders
from webapp.segments.boundaries import with_boundaries


def for_training(config: ExperimentConfig, corpus: Corpus) -> ExperimentConfig:
    """The config with the corpus' own file and fields, and with folders and files for what it refers to.

    Raises ForesightError for a reference to what its owner does not have any more.
    """
    problems = isinstance(config.method, RlvrConfig)  # of other fields than the text that the check left
    data = config.data.model_copy(update=corpus.source_data if problems else corpus.training_data)
    changes: dict[str, Any] = {"data": data}
    if isinstance(config.method, SftConfig):  # the check left conversations with `messages`
        changes["method"] = config.method.model_copy(update={"messages_field": MESSAGES_FIELD})
    config = with_probe_file(config.model_copy(update=changes), corpus.owner)
    config = with_boundaries(config, corpus)
    return with_folders(with_conversations(config, corpus.owner), corpus.owner)

"""A stored experiment as the training commands read it: the corpus by its file, not by its name."""

from __future__ import annotations

from training.contract.experiment import ExperimentConfig
from webapp.corpora.models import Corpus


def for_training(config: ExperimentConfig, corpus: Corpus) -> ExperimentConfig:
    """The config with the corpus' own file and fields."""
    return config.model_copy(update={"data": config.data.model_copy(update=corpus.training_data)})

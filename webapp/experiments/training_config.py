"""A stored experiment as the training commands read it: the corpus by its file, not by its name."""

from __future__ import annotations

from training.contract.experiment import ExperimentConfig
from webapp.corpora.models import Corpus
from webapp.experiments.pass_rates import with_probe_file


def for_training(config: ExperimentConfig, corpus: Corpus) -> ExperimentConfig:
    """The config with the corpus' own file and fields."""
    data = config.data.model_copy(update=corpus.training_data)
    return with_probe_file(config.model_copy(update={"data": data}), corpus.owner)

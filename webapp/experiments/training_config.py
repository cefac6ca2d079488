"""A stored experiment as the training commands read it: corpus, checkpoint and run by their folders."""

from __future__ import annotations

from training.contract.experiment import ExperimentConfig
from webapp.corpora.models import Corpus
from webapp.experiments.pass_rates import with_probe_file
from webapp.runs.references import with_folders


def for_training(config: ExperimentConfig, corpus: Corpus) -> ExperimentConfig:
    """The config with the corpus' own file and fields, and with folders for the runs it refers to.

    Raises ForesightError for a reference to what its owner does not have any more.
    """
    data = config.data.model_copy(update=corpus.training_data)
    config = with_probe_file(config.model_copy(update={"data": data}), corpus.owner)
    return with_folders(config, corpus.owner)

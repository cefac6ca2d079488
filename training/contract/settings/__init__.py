"""The sections of an experiment, by what they are about. `contract.experiment` puts them together."""

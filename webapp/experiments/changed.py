"""What an experiment changes of the preset that it was started from."""

from __future__ import annotations

from training.contract.experiment import ExperimentConfig
from training.contract.presets import PRESETS
from webapp.experiments.fields import CHOSEN_ELSEWHERE, OF_THE_CORPUS, texts_of

_EXPECTED = {"name", "data.corpus", *OF_THE_CORPUS, *CHOSEN_ELSEWHERE}
"""Settings that every experiment has its own of."""

_LONGEST = 120
"""Characters of a value: a prompt template of one's own is none for a list."""


def changed_settings(config: ExperimentConfig, preset: str) -> list[list[str]]:
    """[name, value as text] of each setting that is not the preset's, in the order of the config; none without one."""
    if preset not in PRESETS:
        return []
    usual = texts_of(PRESETS[preset].config)
    texts = texts_of(config)
    return [
        [name, text]
        for name, text in texts.items()
        if name not in _EXPECTED and text != usual[name] and len(text) <= _LONGEST
    ]

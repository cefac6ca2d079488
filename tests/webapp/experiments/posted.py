"""What the experiment form posts when nobody changed anything."""

from __future__ import annotations

from typing import Any

from training.contract.presets import PRESETS
from webapp.corpora.models import Corpus
from webapp.experiments.fields import texts_of


def posted(corpus: Corpus, preset: str = "demo-cpu", **changes: Any) -> dict[str, Any]:
    """A preset's fields with `changes`; a double underscore in a key is the dot of a setting's name."""
    texts = {**texts_of(PRESETS[preset].config), "data.corpus": str(corpus.pk), "base": f"preset:{preset}"}
    return {**texts, **{name.replace("__", "."): value for name, value in changes.items()}}

"""An experiment that comes as data, from a file or a program, and not as the texts of the form.

The schema, the corpus and the machine say the same of it as of a form; numbers are kept as they are given.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from training.contract.experiment import ExperimentConfig, field_errors
from webapp.corpora.models import Corpus
from webapp.experiments.check import examine
from webapp.experiments.draft import Base, Draft
from webapp.experiments.fields import place_errors
from webapp.runs.references import reference_errors

_SAMPLE = "sample"


def submitted_draft(user: Any, data: object, corpus: int | None = None) -> Draft:
    """The draft that plain data makes: what is wrong with it and what it would do.

    Args:
        user: the owner; corpora, runs and probes are found among theirs.
        data: what ExperimentConfig is made of.
        corpus: the number of a corpus that has passed its check, instead of the one `data.corpus` names.
    """
    try:
        config = ExperimentConfig.model_validate(data)
    except ValidationError as error:
        return _draft(None, None, place_errors(field_errors(error)))
    wanted = config.data.corpus
    found = _corpus(user, wanted, corpus)
    if found is None:
        named = f"the number {corpus}" if corpus is not None else f"the name {wanted!r}"
        missing = f"None of your corpora that have passed their check has {named}."
        return _draft(config, None, {"data.corpus": missing})
    fields = {
        "corpus": found.name,
        "text_field": found.text_field,
        "join_fields": tuple(found.join_fields),
        "template": found.template,
    }
    config = config.model_copy(update={"data": config.data.model_copy(update=fields)})
    return _draft(config, found, reference_errors(config, user))


def _draft(config: ExperimentConfig | None, corpus: Corpus | None, errors: dict[str, str]) -> Draft:
    findings = examine(config, corpus) if config else None
    found = {**(findings.errors if findings else {}), **errors}
    return Draft(Base("", "", ExperimentConfig.model_validate({})), {}, corpus, config, found, findings)


def _corpus(user: Any, name: str, number: int | None) -> Corpus | None:
    """By its number, else by its name; of several with one name the newest."""
    ready = Corpus.objects.owned_by(user).ready()
    if number is not None:
        found = ready.filter(pk=number)
    else:
        found = ready.samples() if name == _SAMPLE else ready.filter(name=name)
    corpus: Corpus | None = found.first()
    return corpus

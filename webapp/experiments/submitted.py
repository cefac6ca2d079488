"""An experiment that comes as data, from a file or a program, and not as the texts of the form.

The schema, the corpus and the machine say the same of it as of a form; numbers are kept as they are given.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from training.contract.experiment import ExperimentConfig, field_errors
from training.contract.settings.answers import SftConfig
from webapp.corpora.models import Corpus
from webapp.experiments.check import examine
from webapp.experiments.draft import Base, Draft, fitting, lost_references
from webapp.experiments.fields import place_errors

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
    found = _corpus(user, config, corpus)
    if found is None:
        named = f"the number {corpus}" if corpus is not None else f"the name {config.data.corpus!r}"
        missing = f"None of your corpora that have passed their check has {named}."
        return _draft(config, None, {"data.corpus": missing})
    config = _with_fields(config, found)
    return _draft(config, found, lost_references(config, user))


def _with_fields(config: ExperimentConfig, corpus: Corpus) -> ExperimentConfig:
    """The config with the corpus' name and its own fields, which go before those that were given."""
    fields = {
        "corpus": corpus.name,
        "text_field": corpus.text_field,
        "join_fields": tuple(corpus.join_fields),
        "template": corpus.template,
    }
    changes: dict[str, Any] = {"data": config.data.model_copy(update=fields)}
    if isinstance(config.method, SftConfig):
        changes["method"] = config.method.model_copy(update=corpus.message_fields)
    return config.model_copy(update=changes)


def _draft(config: ExperimentConfig | None, corpus: Corpus | None, errors: dict[str, str]) -> Draft:
    findings = examine(config, corpus) if config else None
    found = {**(findings.errors if findings else {}), **errors}
    return Draft(Base("", "", "", ExperimentConfig.model_validate({})), {}, corpus, config, found, findings)


def _corpus(user: Any, config: ExperimentConfig, number: int | None) -> Corpus | None:
    """By its number, else by its name among those that the method can train on; of several the newest."""
    name = config.data.corpus
    if number is not None:
        found = Corpus.objects.owned_by(user).ready().filter(pk=number)
    else:
        named = fitting(user, config.method.kind)
        found = named.samples() if name == _SAMPLE else named.filter(name=name)
    corpus: Corpus | None = found.first()
    return corpus

"""A draft of a preparation: the texts of the form, the chosen sets, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from training.contract.preparation import PreparationConfig
from webapp.corpora.model_choices import find_model
from webapp.corpora.models import DOCUMENTS, Corpus
from webapp.preparations.fields import AGAINST, errors_of, plain_data

_MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """The texts and the verdict on them."""

    corpus: Corpus
    texts: dict[str, str]
    sets: tuple[Corpus, ...]  # the chosen ones
    config: PreparationConfig | None  # corpora by their names; None while the schema refuses the texts
    errors: dict[str, str]


def make_draft(user: Any, corpus: Corpus, texts: Mapping[str, str]) -> Draft:
    """Read the texts and say what is wrong with them."""
    wanted = [part.strip() for part in texts.get(AGAINST, "").split(",") if part.strip()]
    numbers = [int(part) for part in wanted if part.isdecimal() and len(part) < 10]
    sets = tuple(set_choices(user, corpus).filter(pk__in=numbers).order_by("name", "pk"))
    errors: dict[str, str] = {}
    if len(sets) < len(set(wanted)):
        errors[AGAINST] = _("A corpus that was chosen is not there any more. Choose again.")
    return checked_draft(corpus, texts, sets, plain_data(texts), errors)


def submitted_draft(user: Any, corpus: Corpus, data: Mapping[str, Any], against: Sequence[int]) -> Draft:
    """The same of settings that come as data, from a program; `against` are the numbers of the sets."""
    sets = tuple(set_choices(user, corpus).filter(pk__in=against).order_by("name", "pk"))
    errors: dict[str, str] = {}
    if len(sets) < len(set(against)):
        errors[AGAINST] = _("A corpus that was chosen is not there, or another cannot be compared with it.")
    return checked_draft(corpus, {}, sets, data, errors)


def checked_draft(
    corpus: Corpus,
    texts: Mapping[str, str],
    sets: tuple[Corpus, ...],
    settings: Mapping[str, Any],
    errors: dict[str, str],
) -> Draft:
    """The draft of plain settings; where the text comes from and the sets are the corpora's own."""
    data = dict(settings)
    source = {**corpus.training_data, "corpus": corpus.name}
    for section, own in (
        ("data", source),
        ("decontamination", {"against": named_sets(sets, files=False)}),
    ):
        given = data.get(section, {})
        if isinstance(given, Mapping):  # else the schema says what is wrong with it
            data[section] = {**given, **own}
    config = None
    try:
        config = PreparationConfig.model_validate(data)
    except ValidationError as error:
        errors |= errors_of(error)
    if config and config.quality_model.enabled and config.quality_model.judge == "perplexity":
        finding = find_model(config.quality_model.model)
        if finding.error:
            errors["quality_model.model"] = finding.error
    return Draft(corpus, dict(texts), sets, config, errors)


def set_choices(user: Any, corpus: Corpus) -> Any:
    """The corpora that another one can be compared with: checked ones of documents, not itself, none made of it."""
    ready = Corpus.objects.owned_by(user).ready().filter(kind=DOCUMENTS)
    return ready.exclude(file="", dataset="").exclude(pk=corpus.pk).exclude(prepared_by__corpus=corpus)


def shown_choices(user: Any, corpus: Corpus) -> list[Corpus]:
    """As many of them as a form can show."""
    return list(set_choices(user, corpus).order_by("name", "pk")[:_MOST_CHOICES])


def named_sets(sets: Sequence[Corpus], *, files: bool) -> list[dict[str, Any]]:
    """The corpora as evaluation sets; with `files` as training reads them, else as people know them."""
    found = []
    for corpus in sets:
        data = corpus.training_data
        file = data.pop("corpus")
        found.append({"name": corpus.name, "file": file if files else corpus.name, **data})
    return found

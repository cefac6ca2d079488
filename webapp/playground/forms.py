"""What the page Try it is filled with and what it posts, as a question to be asked."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from training.contract.errors import ForesightError
from training.contract.playground import MOST_TOKENS
from webapp.corpora.documents import read_document
from webapp.corpora.models import Corpus
from webapp.playground.models import Question
from webapp.playground.services.ask import Asking
from webapp.playground.subjects import Subject

SAMPLES = 4
SHOWN = 600
"""Characters of a picked context on the form: its end."""
SHOWN_TRUTH = 120


@dataclass(frozen=True, slots=True)
class Values:
    """What stands in the fields, as text."""

    context: str
    truth: str
    document: str
    at: str
    samples: str
    temperature: str
    max_tokens: str
    seed: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A position of a document, as the form shows it."""

    document: int
    name: str
    at: int
    context: str  # its end
    truth: str  # its start
    is_cut: bool


def first_values(subject: Subject, query: Mapping[str, str]) -> Values:
    """For an empty form: the sampling of the run, and what the address says."""
    sampling = subject.config.sampling
    return Values(
        context=query.get("context", ""),
        truth=query.get("truth", ""),
        document=query.get("document", ""),
        at=query.get("at", ""),
        samples=query.get("samples", str(SAMPLES)),
        temperature=query.get("temperature", f"{sampling.temperature:g}"),
        max_tokens=query.get("max_tokens", str(min(sampling.max_response_tokens, MOST_TOKENS))),
        seed=query.get("seed", ""),
    )


def values_of(question: Question) -> Values:
    """The form as it was when the question was asked; the seed is a new one."""
    data = question.text.encode()
    picked = question.document is not None
    return Values(
        context="" if picked else data[: question.at].decode(),
        truth="" if picked else data[question.at :].decode(),
        document=str(question.document) if picked else "",
        at=str(question.at) if picked else "",
        samples=str(question.samples),
        temperature=f"{question.temperature:g}",
        max_tokens=str(question.max_tokens),
        seed="",
    )


def posted_values(post: Mapping[str, str]) -> Values:
    """Browsers send line ends as CR LF; texts of corpora have LF."""
    texts = {name: post.get(name, "") for name in Values.__slots__}
    for name in ("context", "truth"):
        texts[name] = texts[name].replace("\r\n", "\n")
    return Values(**texts)


def picked_of(corpus: Corpus | None, values: Values) -> Picked | None:
    """The position that the form names. Raises ForesightError where there is no such place."""
    if not values.document or corpus is None:
        return None
    number, at = _whole(values.document, "document"), _whole(values.at or "0", "at")
    found = read_document(corpus, number)
    if found is None:
        raise ForesightError(
            _("The corpus has no document %(number)d.") % {"number": number},
            field="document",
            remedy=_("Pick a position of the list."),
        )
    data = found.text.encode()
    before, after = data[:at].decode("utf-8", "ignore"), data[at:].decode("utf-8", "ignore")
    return Picked(
        document=number,
        name=found.name,
        at=at,
        context=before[-SHOWN:],
        truth=after[:SHOWN_TRUTH],
        is_cut=len(before) > SHOWN,
    )


def asking_of(values: Values, corpus: Corpus | None) -> Asking:
    """What the form asks. Raises ForesightError naming the field at fault."""
    given: dict[str, Any] = {
        "samples": _whole(values.samples, "samples"),
        "temperature": _number(values.temperature, "temperature"),
        "max_tokens": _whole(values.max_tokens, "max_tokens"),
        "seed": _whole(values.seed, "seed") if values.seed else random.randrange(2**31),
    }
    picked = picked_of(corpus, values)
    if picked is None or corpus is None:
        return Asking(values.context + values.truth, len(values.context.encode()), **given)
    document = read_document(corpus, picked.document)
    assert document is not None  # it was just found
    return Asking(document.text, picked.at, **given, corpus=corpus, document=picked.document)


def _whole(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise ForesightError(
            _("%(text)r is not a whole number.") % {"text": text[:20]},
            field=field,
            remedy=_("Give a whole number."),
        )
    return int(text)


def _number(text: str, field: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ForesightError(
            _("%(text)r is not a number.") % {"text": text[:20]}, field=field, remedy=_("Give a number.")
        )
    return value

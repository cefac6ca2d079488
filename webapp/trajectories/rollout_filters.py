"""What a list of a run's rollouts is asked for: read from an address, or given by the API."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.contract.patterns import KEYWORDS
from webapp.trajectories.index.words import terms_of
from webapp.trajectories.reasons import KINDS, REASONS
from webapp.trajectories.ruler import CLASSES

WHERE: dict[str, Any] = {
    "": gettext_lazy("everywhere"),
    "context": gettext_lazy("in contexts"),
    "truth": gettext_lazy("in truths"),
    "prediction": gettext_lazy("in predictions"),
    "response": gettext_lazy("in responses"),
}
MARKED: dict[str, Any] = {
    "": gettext_lazy("all"),
    "starred": gettext_lazy("starred by you"),
    "noted": gettext_lazy("with your note"),
    "any": gettext_lazy("starred or noted"),
}
SORTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "newest": (gettext_lazy("Newest step first"), ("-step", "pk")),
    "oldest": (gettext_lazy("Oldest step first"), ("step", "pk")),
    "worst": (gettext_lazy("Lowest reward first"), ("reward", "-step", "pk")),
    "best": (gettext_lazy("Highest reward first"), ("-reward", "-step", "pk")),
    "advantage": (gettext_lazy("Highest advantage first"), ("-advantage", "-step", "pk")),
    "longest": (gettext_lazy("Longest first"), ("-length", "-step", "pk")),
    "shortest": (gettext_lazy("Shortest first"), ("length", "-step", "pk")),
    "hardest": (gettext_lazy("Highest entropy first"), ("-entropy", "-step", "pk")),
}
PATTERNS = ("any", *KEYWORDS)
LONGEST_QUERY = 400


@dataclass(frozen=True, slots=True)
class RolloutFilters:
    """Every field narrows the list; what is left as it stands here narrows nothing."""

    q: str = ""  # words: see index.words.terms_of
    where: str = ""  # of WHERE
    first: int | None = None  # steps, both included
    last: int | None = None
    reward_min: float | None = None
    reward_max: float | None = None
    entropy_min: float | None = None  # nats
    entropy_max: float | None = None
    length_min: int | None = None  # response tokens
    length_max: int | None = None
    kind: str = ""  # of reasons.KINDS
    reason: str = ""  # of reasons.REASONS
    miss: str = ""  # of ruler.CLASSES
    pattern: str = ""  # of PATTERNS
    marked: str = ""  # of MARKED
    sort: str = "newest"

    @property
    def narrowed(self) -> bool:
        return self != RolloutFilters(sort=self.sort, where=self.where)

    @property
    def folded(self) -> bool:
        """Whether a filter is set that the page folds away."""
        names = ("entropy_min", "entropy_max", "length_min", "length_max", "kind", "marked", "reason")
        return any(getattr(self, name) not in (None, "") for name in names)


_CHOICES: dict[str, Any] = {
    "where": WHERE, "kind": KINDS, "reason": REASONS, "miss": CLASSES, "pattern": PATTERNS, "marked": MARKED,
    "sort": SORTS,
}  # fmt: skip
_WHOLE = ("first", "last", "length_min", "length_max")
_LABELS: dict[str, Any] = {
    "first": gettext_lazy("First step"),
    "last": gettext_lazy("Last step"),
    "reward_min": gettext_lazy("Lowest reward"),
    "reward_max": gettext_lazy("Highest reward"),
    "entropy_min": gettext_lazy("Lowest entropy"),
    "entropy_max": gettext_lazy("Highest entropy"),
    "length_min": gettext_lazy("Shortest length"),
    "length_max": gettext_lazy("Longest length"),
}


def read_filters(query: Mapping[str, str]) -> tuple[RolloutFilters, dict[str, str]]:
    """Filters from the parts of an address, and what is wrong with those that cannot be read: {part: sentence}.

    What is wrong narrows nothing; a choice that does not exist is left out without a word.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for item in fields(RolloutFilters):
        given = str(query.get(item.name, "")).strip()
        if not given:
            continue
        if item.name in _CHOICES:
            values |= {item.name: given} if given in _CHOICES[item.name] else {}
        elif item.name == "q":
            values["q"] = given[:LONGEST_QUERY]
            if not terms_of(given):
                errors["q"] = _("Type at least one letter or digit: signs alone are not searched.")
        else:
            number = _number(given, whole=item.name in _WHOLE)
            if number is None:
                errors[item.name] = _("%(what)s: “%(given)s” is no number.") % {
                    "what": _LABELS[item.name],
                    "given": given,
                }
            else:
                values[item.name] = number
    return RolloutFilters(**values), errors


def _number(given: str, *, whole: bool) -> float | int | None:
    try:
        number = int(given) if whole else float(given.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= abs(number) < 2**31 else None

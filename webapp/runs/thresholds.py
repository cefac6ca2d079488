"""Where the checks of the verdict turn, for one person's runs: read, checked, stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from training.contract.errors import ForesightError
from webapp.runs.limits import Limits
from webapp.runs.models import Run, VerdictLimits

_USUAL = Limits()
LABELS: Mapping[str, tuple[str, str]] = {
    "noise": (gettext_noop("Learning: a change counts from"), gettext_noop("standard errors")),
    "signal_good": (gettext_noop("Signal: good from"), gettext_noop("share of groups")),
    "signal_bad": (gettext_noop("Signal: bad under"), gettext_noop("share of groups")),
    "entropy_bad": (gettext_noop("Exploration: bad under"), gettext_noop("nats per token")),
    "entropy_kept": (gettext_noop("Exploration: a warning under"), gettext_noop("share of the start")),
    "kl_good": (gettext_noop("Drift: good under"), gettext_noop("nats per token")),
    "kl_bad": (gettext_noop("Drift: bad from"), gettext_noop("nats per token")),
    "truncated_good": (gettext_noop("Output, truncated: good under"), gettext_noop("share of rollouts")),
    "truncated_bad": (gettext_noop("Output, truncated: bad from"), gettext_noop("share of rollouts")),
    "boxed_good": (gettext_noop("Output, in its form: good from"), gettext_noop("share of rollouts")),
    "boxed_bad": (gettext_noop("Output, in its form: bad under"), gettext_noop("share of rollouts")),
    "same_good": (gettext_noop("One answer to all: a warning from"), gettext_noop("share of rollouts")),
    "same_bad": (gettext_noop("One answer to all: bad from"), gettext_noop("share of rollouts")),
    "malformed_good": (gettext_noop("Judge: good under"), gettext_noop("share of verdicts")),
    "malformed_bad": (gettext_noop("Judge: bad from"), gettext_noop("share of verdicts")),
    "speed_good": (gettext_noop("System: good from"), gettext_noop("share of the usual speed")),
    "speed_bad": (gettext_noop("System: bad under"), gettext_noop("share of the usual speed")),
}
"""What each limit says, and its unit."""
_DRAWN = {
    "groups/effective": (("signal_good", "good from", "warn"), ("signal_bad", "bad under", "bad")),
    "policy/entropy": (("entropy_bad", "bad under", "bad"),),
    "update/kl": (("kl_good", "good under", "warn"), ("kl_bad", "bad from", "bad")),
    "response/truncated": (("truncated_good", "good under", "warn"), ("truncated_bad", "bad from", "bad")),
    "format/share": (("boxed_good", "good from", "warn"), ("boxed_bad", "bad under", "bad")),
    "verdict/malformed": (("malformed_good", "good under", "warn"), ("malformed_bad", "bad from", "bad")),
}
"""Limits that are a value of one metric: where its chart has a line."""
_LINES = {
    "good from": gettext_noop("good from %(value)s"),
    "good under": gettext_noop("good under %(value)s"),
    "bad from": gettext_noop("bad from %(value)s"),
    "bad under": gettext_noop("bad under %(value)s"),
}
_RISING = (
    ("signal_bad", "signal_good"),
    ("kl_good", "kl_bad"),
    ("truncated_good", "truncated_bad"),
    ("boxed_bad", "boxed_good"),
    ("same_good", "same_bad"),
    ("malformed_good", "malformed_bad"),
    ("speed_bad", "speed_good"),
)
"""Pairs of which the first may not lie above the second."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit as the page shows it."""

    name: str
    label: str
    unit: str
    value: float
    usual: float


def limits_of(owner_id: int) -> Limits:
    """The limits that hold for a person's runs."""
    stored: dict[str, float] = (
        VerdictLimits.objects.filter(owner=owner_id).values_list("values", flat=True).first() or {}
    )
    known = {field.name for field in fields(Limits)}
    return Limits(**{name: value for name, value in stored.items() if name in known})


def limit_lines(key: str, limits: Limits) -> list[dict[str, Any]]:
    """The limits in the chart of a metric: [{value, words, tone}]."""
    values = asdict(limits)
    return [
        {"value": values[name], "words": _(_LINES[words]) % {"value": f"{values[name]:g}"}, "tone": tone}
        for name, words, tone in _DRAWN.get(key, ())
    ]


def thresholds(limits: Limits) -> tuple[Threshold, ...]:
    """All limits, in the order of the checks."""
    values, usual = asdict(limits), asdict(_USUAL)
    return tuple(
        Threshold(name, _(label), _(unit), values[name], usual[name])
        for name, (label, unit) in LABELS.items()
    )


def parse_limits(given: Mapping[str, str]) -> Limits:
    """Limits of a form. Raises ForesightError that names the field."""
    values = {name: _number(name, given.get(name, "")) for name in LABELS}
    for low, high in _RISING:
        if values[low] > values[high]:
            raise ForesightError(
                _("“%(low)s” lies above “%(high)s”.")
                % {"low": _(LABELS[low][0]), "high": _(LABELS[high][0])},
                field=low,
                remedy=_("Give it %(value)s or less.") % {"value": f"{values[high]:g}"},
            )
    return Limits(**values)


def store_limits(owner: Any, limits: Limits) -> None:
    """Keep a person's limits, those that differ from the usual ones, and have their runs judged again."""
    usual = asdict(_USUAL)
    changed = {name: value for name, value in asdict(limits).items() if value != usual[name]}
    VerdictLimits.objects.update_or_create(owner=owner, defaults={"values": changed})
    Run.objects.filter(owner=owner).update(health_step=0)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ForesightError(
            _("“%(label)s” is no number from 0.") % {"label": _(LABELS[name][0])},
            field=name,
            remedy=_("Give a number, such as %(value)s.") % {"value": f"{asdict(_USUAL)[name]:g}"},
        )
    return value

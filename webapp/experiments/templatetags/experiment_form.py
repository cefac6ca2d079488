"""Filters of the experiment form."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()

_DAYS_FROM = 3 * 24 * 3600  # seconds; below, hours say more


@register.filter
def rough_duration(seconds: float) -> str:
    """Seconds of a forecast, to two digits: 0.4 s, 17 s, 22 min, 5.3 h, 38 d."""
    for size, most, unit in ((1, 90, _("s")), (60, 90 * 60, _("min")), (3600, _DAYS_FROM, _("h"))):
        if seconds < most:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds / 86400)} {_('d')}"


@register.filter
def operations(value: float) -> str:
    """A number of floating-point operations: 1.79e14."""
    return f"{value:.3g}".replace("e+", "e")


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):,g}"

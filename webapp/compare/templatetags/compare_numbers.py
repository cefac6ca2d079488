"""Differences as the comparison writes them: always with their sign."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def signed(value: float) -> str:
    """With three significant digits: +0.0123, −1.5, ±0."""
    text = f"{value:+.3g}".replace("-", "−")
    return "±0" if value == 0 else text


@register.filter
def points(value: float) -> str:
    """A difference of shares in points of a percent: +2.3, −0.4."""
    return f"{100 * value:+.1f}".replace("-", "−")

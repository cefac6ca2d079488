"""Filters of the experiment form."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def operations(value: float) -> str:
    """A number of floating-point operations: 1.79e14."""
    return f"{value:.3g}".replace("e+", "e")

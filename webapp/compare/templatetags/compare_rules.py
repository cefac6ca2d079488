"""What the table of two rewards needs: a name by its key, and a difference."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def at(names: Mapping[str, str], key: str) -> str:
    """The name of a key; a key that is not known stands for itself."""
    return names.get(key, key)


@register.filter
def minus(value: float, other: float) -> float:
    return value - other

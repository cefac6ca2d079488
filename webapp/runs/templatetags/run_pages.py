"""Template tags of the run pages."""

from __future__ import annotations

from django import template

from webapp.runs.text import visible as visible_text
from webapp.templatetags.foresight import STATES
from webapp.trajectories.reasons import KINDS

register = template.Library()


@register.simple_tag
def state_table() -> dict[str, tuple[str, str, str]]:
    """Tone, icon and words of every state, for the script that keeps chips fresh."""
    return STATES


@register.filter
def visible(text: str | None) -> str:
    """Text on one line with its whitespace drawn; None is empty."""
    return visible_text(text or "")


@register.filter
def task_kind(kind: str) -> str:
    """What a group's task asks for, in words."""
    return KINDS.get(kind, kind)


@register.filter
def signed(value: float) -> str:
    """A number with its sign and two decimals: +2.47, −0.35, 0.00."""
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else "0.00"

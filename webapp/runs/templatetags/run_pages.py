"""Template tags of the run pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webapp.runs.models import RolloutGroup, Run
from webapp.runs.strip import Cell, Strip
from webapp.runs.text import visible as visible_text
from webapp.templatetags.foresight import ABSENT, STATES, icon
from webapp.trajectories.reasons import KINDS

register = template.Library()

HEALTH: dict[str, tuple[str, Any]] = {
    "good": ("check", gettext_lazy("Healthy")),
    "warn": ("warning", gettext_lazy("Warning")),
    "bad": ("cross", gettext_lazy("Unhealthy")),
}
"""Icon and word of what the verdict says of a run as a whole."""


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


@register.simple_tag
def strip_cells(run: Run, strip: Strip) -> SafeString:
    """The cells of a run's strip; one that has groups leads to them."""
    steps = reverse("run-step", args=[run.pk, 0]).removesuffix("0/")
    last = strip.cells[-1]
    return format_html_join(
        "",
        '<a{} tabindex="{}" title="{}"></a>',
        (
            (_cell_attributes(cell, steps), "0" if cell is last else "-1", cell.words(strip.measure))
            for cell in strip.cells
        ),
    )


def _cell_attributes(cell: Cell, steps: str) -> SafeString:
    """All of it numbers and names."""
    opens = ' role="link" aria-disabled="true"' if cell.opens is None else f' href="{steps}{cell.opens}/"'
    shade = "" if cell.shade is None else f' data-shade="{cell.shade}"'
    evaluated = " data-evaluated" if cell.evaluated else ""
    return mark_safe(opens + shade + evaluated + (" data-turned" if cell.turns else ""))


@register.simple_tag
def in_the_text(run: Run, group: RolloutGroup) -> str:
    """The address of a group's position in its document, coloured by pass rate up to the group's step."""
    document = reverse("corpus-document", args=[run.corpus_id, group.document])
    return f"{document}?colour=pass&run={run.pk}&step={group.step}&byte={group.byte_start}"


@register.simple_tag
def health_mark(health: str, note: str) -> SafeString | str:
    """The worst check of a run's verdict as icon, word and colour, its sentence on hover; else a dash."""
    if health not in HEALTH:
        return format_html('<span class="meta" title="{}">{}</span>', _("Not enough steps to judge"), ABSENT)
    name, word = HEALTH[health]
    mark = '<span class="health-mark" data-tone="{}" title="{}">{}{}</span>'
    return format_html(mark, health, note, icon(name), word)

"""What a page says of a job that waits."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from webapp.jobs.models import Job
from webapp.jobs.queue import Ahead, ahead_of

register = template.Library()


@register.inclusion_tag("components/waiting.html")
def waiting(job: Job) -> dict[str, Any]:
    """Which job goes first, with a link to it, how long it still takes, and how many more go before this one."""
    ahead = ahead_of(job)
    return {"ahead": ahead, "first": _first(ahead) if ahead else "", "more": ahead.jobs - 1 if ahead else 0}


def _first(ahead: Ahead) -> str:
    if ahead.name:
        return format_html('<a href="{}">{}</a>', ahead.url, ahead.name) if ahead.url else ahead.name
    return _("another person's run") if ahead.kind == "run" else _("another person's job")

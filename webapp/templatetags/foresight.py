"""Template filters and tags that every page may use.

Filters make numbers readable; tags draw the site's components. Nothing here reads the database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from webapp.templatetags.icons import ICONS
from webapp.words.sentences import translated

register = template.Library()

STATES: dict[str, tuple[str, str, str]] = {
    # state: tone, icon, words
    "queued": ("", "clock", gettext_noop("Queued")),
    "starting": ("active", "clock", gettext_noop("Starting")),
    "running": ("active", "running", gettext_noop("Running")),
    "succeeded": ("good", "check", gettext_noop("Finished")),
    "finished_short": ("warn", "warning", gettext_noop("Finished short")),
    "no_signal": ("warn", "warning", gettext_noop("No signal")),  # finished, and learnt nothing
    "failed": ("bad", "cross", gettext_noop("Failed")),
    "cancelled": ("", "stop", gettext_noop("Cancelled")),
    "cancelling": ("warn", "stop", gettext_noop("Cancelling")),
    "stalled": ("warn", "warning", gettext_noop("Stalled")),
    "checking": ("active", "clock", gettext_noop("Checking")),
    "ready": ("good", "check", gettext_noop("Ready")),
    "invalid": ("bad", "cross", gettext_noop("Cannot be used")),
}
"""Tone, icon and words of every state that is shown as a chip."""

ABSENT = "–"
"""What stands for a number that is not there."""
_UNITS = ("kB", "MB", "GB", "TB")
_AGO = (
    (86400, gettext_noop("{count} d ago")),
    (3600, gettext_noop("{count} h ago")),
    (60, gettext_noop("{count} min ago")),
)
_DAYS_FROM = 3 * 24 * 3600  # seconds; below, hours say more


def _absent(value: object) -> bool:
    """Not measured: None, or "" where a template found no such key."""
    return value is None or value == ""


@register.filter
def file_size(value: Any) -> str:
    """A number of bytes in steps of 1000, as disks are sold: 1.4 MB."""
    if _absent(value):
        return ABSENT
    if value < 1000:
        return f"{value:.0f} B"
    size = float(value)
    for unit in _UNITS:
        size /= 1000
        if size < 999.5 or unit == _UNITS[-1]:
            break
    return f"{size:.3g} {unit}" if size < 999.5 else f"{size:,.0f} {unit}"


@register.filter
def thousands(value: Any) -> str:
    """An integer with thousands separators: 1,234,567. None is a dash."""
    return ABSENT if _absent(value) else f"{value:,.0f}"


@register.filter
def significant(value: Any, digits: int = 3) -> str:
    """A number with `digits` significant digits and no needless zeros: 0.0123, 1.5, 12300."""
    if _absent(value):
        return ABSENT
    text = f"{float(value):.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text


@register.filter
def percent(value: Any, digits: int = 1) -> str:
    """A share from 0 to 1 as a percentage: 12.5 %."""
    return ABSENT if _absent(value) else f"{100 * value:.{digits}f} %"


@register.filter
def duration(seconds: Any) -> str:
    """Seconds as people say them: 0.42 s, 12 s, 3 min 20 s, 1 h 04 min. None is a dash."""
    if _absent(seconds):
        return ABSENT
    if seconds < 10:
        return _("{seconds} s").format(seconds=f"{float(f'{seconds:.2g}'):g}")
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=f"{whole % 60:02d}")
    return _("{hours} h {minutes} min").format(hours=whole // 3600, minutes=f"{whole % 3600 // 60:02d}")


@register.filter
def rough_duration(seconds: float) -> str:
    """Seconds of a forecast, to two digits: 0.4 s, 17 s, 22 min, 5.3 h, 38 d."""
    for size, most, unit in ((1, 90, _("s")), (60, 90 * 60, _("min")), (3600, _DAYS_FROM, _("h"))):
        if seconds < most:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds / 86400)} {_('d')}"


@register.filter
def about(seconds: Any) -> str:
    """A forecast, as every page words it: about 22 min. None is a dash."""
    return ABSENT if _absent(seconds) else _("about {time}").format(time=rough_duration(seconds))


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):,g}"


@register.filter
def ago(value: datetime | None) -> str:
    """How long ago a moment was: "just now", 4 s ago, 3 min ago, 2 h ago, 5 d ago."""
    if value is None:
        return _("never")
    seconds = (timezone.now() - value).total_seconds()
    if seconds < 2:
        return _("just now")
    for size, words in _AGO:
        if seconds >= size:
            return _(words).format(count=int(seconds // size))
    return _("{count} s ago").format(count=int(seconds))


@register.filter
def code_spans(text: str) -> SafeString:
    """Text in which `words between backticks` are code; everything is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner: leave the text as it is
        return format_html("{}", text)
    shapes = ("{}", "<code>{}</code>")
    return SafeString("".join(format_html(shapes[place % 2], part) for place, part in enumerate(parts)))


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the page's sprite, hidden from screen readers: words stand beside it."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"There is no icon {name!r}.")
    return format_html('<svg class="icon" aria-hidden="true"><use href="#icon-{}"></use></svg>', name)


@register.simple_tag
def icon_sprite() -> SafeString:
    """Every icon as an SVG symbol: stands once in base.html."""
    symbols = format_html_join(
        "", '<symbol id="icon-{}" viewBox="0 0 16 16"><path d="{}"/></symbol>', ICONS.items()
    )
    return format_html('<svg width="0" height="0" hidden aria-hidden="true">{}</svg>', symbols)


@register.simple_tag
def time_ago(value: datetime | None) -> SafeString | str:
    """A moment as `<time>`: relative words that the page keeps fresh, the exact time on hover."""
    if value is None:
        return _("never")
    moment = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.isoformat(timespec="seconds"),
        moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
        ago(value),
    )


@register.inclusion_tag("components/state_chip.html")
def state_chip(state: str, label: str = "") -> dict[str, str]:
    """A state as icon, word and colour; `label` takes the place of the state's own words."""
    tone, icon_name, words = STATES.get(state, ("", "info", state))
    return {"state": state, "tone": tone, "icon_name": icon_name, "words": translated(label or words)}


@register.inclusion_tag("components/chip.html")
def chip(words: str, tone: str = "", icon_name: str = "") -> dict[str, str]:
    """A chip with free words. Tone: good, warn, bad, active or empty."""
    return {"words": translated(words), "tone": tone, "icon_name": icon_name}


@register.inclusion_tag("components/progress.html")
def progress_bar(done: int, total: int, unit: str = "", label: str = "") -> dict[str, Any]:
    """How far something is; without a total the bar says that it is going on."""
    return {"done": done, "total": total, "unit": translated(unit), "label": translated(label)}


@register.inclusion_tag("components/definition.html")
def definition(text: str, key: str = "", term: str = "") -> dict[str, str]:
    """An (i) that opens what a number means: its formula or meaning and its raw key."""
    return {"text": translated(text), "key": key, "term": translated(term)}


@register.inclusion_tag("components/error_box.html")
def error_box(error: dict[str, Any]) -> dict[str, Any]:
    """What went wrong and what to do: `message`, `field`, `remedy`, `log` of an error."""
    return {"error": error}


@register.inclusion_tag("components/empty.html")
def empty_state(
    title: str, text: str = "", href: str = "", action: str = "", icon_name: str = "info"
) -> dict[str, str]:
    """Nothing here, why, and what to do next."""
    return {"title": title, "text": text, "href": href, "action": action, "icon_name": icon_name}


@register.inclusion_tag("components/copy_button.html")
def copy_button(target: str = "", text: str = "", label: str = "") -> dict[str, str]:
    """Copies the text of the element that the selector `target` names, or `text` itself."""
    return {"target": target, "text": text, "label": label or _("Copy")}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, name: str = "page") -> dict[str, Any]:
    """Previous and next of a Django page object; the other parts of the address are kept."""
    query = context["request"].GET.copy()
    query.pop(name, None)
    return {"page": page, "name": name, "query": query.urlencode()}

"""Filters and tags of languages, in every page."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale

from webapp.words.sentences import translated

register = template.Library()


@register.filter(name="translated")
def translated_filter(value: Any) -> Any:
    """A text that Python made, in the language of the page: `{{ error.message|translated }}`."""
    return translated(str(value)) if isinstance(value, str | Promise) else value


@register.simple_tag
def script_words() -> str:
    """The address of the scripts' words in the language of the page; "" for English, which they hold."""
    language = get_language() or "en"
    version = _version(language)
    return reverse("words", args=[language, version]) if version else ""


@lru_cache(maxsize=8)
def _version(language: str) -> str:
    """Names the words of the scripts by their content."""
    path = Path(settings.LOCALE_PATHS[0], to_locale(language), "LC_MESSAGES", "djangojs.mo")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.exists() else ""

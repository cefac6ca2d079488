"""What people say of a run: its name, notes and tags, whether it is starred or archived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from training.contract.errors import ForesightError
from webapp.runs.models import Run, Tag

LONGEST_NAME, LONGEST_TAG, LONGEST_NOTES = 120, 40, 10_000
MOST_TAGS = 20


def edit_run(
    run: Run,
    *,
    name: str | None = None,
    notes: str | None = None,
    tags: Sequence[str] | None = None,
    starred: bool | None = None,
    archived: bool | None = None,
) -> Run:
    """Change what is given, and nothing else; returns the run.

    Raises:
        ForesightError: field `name`, `notes`, `tags` or `archived`; nothing has been changed.
    """
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _checked_name(name)
    if notes is not None:
        changes["notes"] = _checked_notes(notes)
    if starred is not None:
        changes["starred"] = starred
    if archived is not None:
        if archived and not run.job.ended:
            raise ForesightError(
                "The run is active, so it stays in sight.", field="archived", remedy="Cancel it first."
            )
        changes["archived"] = archived
    names = None if tags is None else tag_names(tags)
    with transaction.atomic():
        if changes:
            # Only these columns: events of the run write the others meanwhile.
            Run.objects.filter(pk=run.pk).update(**changes)
        if names is not None:
            run.tags.set(owned_tags(run.owner, names))
            drop_unused(run.owner)
    for field, value in changes.items():
        setattr(run, field, value)
    return run


def tag_names(texts: Iterable[str]) -> list[str]:
    """Each tag once, in order, without spaces around it. Raises ForesightError, field `tags`."""
    names = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
    if any("," in name for name in names):
        raise ForesightError("A tag holds no comma.", field="tags", remedy="Give two tags.")
    if any(len(name) > LONGEST_TAG for name in names):
        raise ForesightError(
            f"A tag has at most {LONGEST_TAG} characters.",
            field="tags",
            remedy="Say it shorter, or write it into the notes.",
        )
    if len(names) > MOST_TAGS:
        raise ForesightError(
            f"A run has at most {MOST_TAGS} tags.",
            field="tags",
            remedy="Remove some.",
        )
    return names


def owned_tags(owner: Any, names: Sequence[str]) -> list[Tag]:
    """The owner's tags of these names; those that are not there yet are made."""
    Tag.objects.bulk_create((Tag(owner=owner, name=name) for name in names), ignore_conflicts=True)
    return list(Tag.objects.filter(owner=owner, name__in=names))


def drop_unused(owner: Any) -> None:
    """Remove tags that no run has."""
    Tag.objects.filter(owner=owner, runs=None).delete()


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ForesightError("A run needs a name.", field="name", remedy="Give it one.")
    if len(name) > LONGEST_NAME:
        raise ForesightError(
            f"A name has at most {LONGEST_NAME} characters.",
            field="name",
            remedy="Say it shorter, and write the rest into the notes.",
        )
    return name


def _checked_notes(notes: str) -> str:
    notes = notes.replace("\r\n", "\n").strip()
    if len(notes) > LONGEST_NOTES:
        raise ForesightError(
            f"Notes have at most {LONGEST_NOTES:,} characters.",
            field="notes",
            remedy="Say it shorter.",
        )
    return notes

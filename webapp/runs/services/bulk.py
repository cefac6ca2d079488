"""One verb for many runs. What cannot be done to some of them is counted, and the others are done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from training.contract.errors import ForesightError
from webapp.jobs.models import ACTIVE
from webapp.jobs.services.cancel import request_cancel
from webapp.runs.models import Run
from webapp.runs.services.delete import delete_run
from webapp.runs.services.edit import drop_unused, owned_tags, tag_names

MOST = 10_000
"""Runs of one request."""
MOST_DELETED = 200
"""The same where they are deleted: somebody waits for it."""
_CHUNK = 500  # numbers in one statement


@dataclass(frozen=True, slots=True)
class Done:
    """How many runs were changed, how many were left as they are, and why the first of those was."""

    changed: int
    left: int
    why: str = ""

    @property
    def words(self) -> str:
        said = f"{self.changed} {_runs(self.changed)} changed."
        if self.left:
            said += f" {self.left} {'stays as it is' if self.left == 1 else 'stay as they are'}. {self.why}"
        return said.strip()


def _runs(count: int) -> str:
    return "run" if count == 1 else "runs"


def apply(owner: Any, action: str, runs: Sequence[int], tags: Iterable[str] = ()) -> Done:
    """Do `action`, a key of ACTIONS, to the owner's runs of these numbers; those of others are left out silently.

    Raises:
        ForesightError: fields `action`, `runs` and `tags`; nothing has been changed.
    """
    if action not in ACTIONS:
        raise ForesightError(
            f"There is no action {action!r}.",
            field="action",
            remedy=f"Choose one of: {', '.join(ACTIONS)}.",
        )
    if not runs:
        raise ForesightError("No run is ticked.", field="runs", remedy="Tick the runs first.")
    most = MOST_DELETED if action == "delete" else MOST
    if len(runs) > most:
        raise ForesightError(f"At most {most:,} runs at a time.", field="runs", remedy="Choose fewer.")
    names = tag_names(tags)
    if action in {"tag", "untag"} and not names:
        raise ForesightError("No tag is given.", field="tags", remedy="Name one, or several with commas.")
    mine = [pk for part in _parts(runs) for pk in _owned(owner, part)]
    return ACTIONS[action](owner, mine, names)


def _parts(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _CHUNK] for start in range(0, len(numbers), _CHUNK))


def _owned(owner: Any, numbers: Sequence[int]) -> list[int]:
    return list(
        Run.objects.owned_by(owner).filter(pk__in=numbers).order_by("pk").values_list("pk", flat=True)
    )


def _cancel(owner: Any, runs: list[int], names: list[str]) -> Done:
    changed = 0
    for part in _parts(runs):
        active = Run.objects.filter(pk__in=part, job__state__in=ACTIVE).select_related("job").defer("config")
        changed += sum(request_cancel(run.job) for run in active)
    return Done(changed, len(runs) - changed, "What has ended cannot be cancelled.")


def _tag(owner: Any, runs: list[int], names: list[str]) -> Done:
    through = Run.tags.through
    with transaction.atomic():
        tags = owned_tags(owner, names)
        rows = (through(run_id=run, tag_id=tag.pk) for run in runs for tag in tags)
        through.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_CHUNK)
    return Done(len(runs), 0)


def _untag(owner: Any, runs: list[int], names: list[str]) -> Done:
    with transaction.atomic():
        for part in _parts(runs):
            Run.tags.through.objects.filter(run__in=part, tag__owner=owner, tag__name__in=names).delete()
        drop_unused(owner)
    return Done(len(runs), 0)


def _archive(owner: Any, runs: list[int], names: list[str]) -> Done:
    changed = sum(
        Run.objects.filter(pk__in=part).exclude(job__state__in=ACTIVE).update(archived=True)
        for part in _parts(runs)
    )
    return Done(changed, len(runs) - changed, "Active runs stay in sight: cancel them first.")


def _set(**fields: bool) -> Callable[[Any, list[int], list[str]], Done]:
    def change(owner: Any, runs: list[int], names: list[str]) -> Done:
        return Done(sum(Run.objects.filter(pk__in=part).update(**fields) for part in _parts(runs)), 0)

    return change


def _delete(owner: Any, runs: list[int], names: list[str]) -> Done:
    changed, why = 0, ""
    for pk in runs:
        try:
            delete_run(Run.objects.select_related("job").defer("config").get(pk=pk))
            changed += 1
        except ForesightError as error:
            why = why or f"{error.message} {error.remedy}"
    drop_unused(owner)
    return Done(changed, len(runs) - changed, why)


ACTIONS: dict[str, Callable[[Any, list[int], list[str]], Done]] = {
    "cancel": _cancel,
    "tag": _tag,
    "untag": _untag,
    "star": _set(starred=True),
    "unstar": _set(starred=False),
    "archive": _archive,
    "restore": _set(archived=False),
    "delete": _delete,
}
WORDS: dict[str, Any] = {
    "cancel": gettext_lazy("Cancel"),
    "tag": gettext_lazy("Add tags"),
    "untag": gettext_lazy("Remove tags"),
    "star": gettext_lazy("Star"),
    "unstar": gettext_lazy("Remove the star"),
    "archive": gettext_lazy("Archive"),
    "restore": gettext_lazy("Take out of the archive"),
    "delete": gettext_lazy("Delete"),
}

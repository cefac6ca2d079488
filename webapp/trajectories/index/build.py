"""Brings the index of a run up to its newest group: reads rollout files and writes rows and words.

Works in small transactions. Of several that work at one run at once, one writes and the others find that it
has: each moves the run's `last_group` on from where it read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from training.contract.errors import ForesightError
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.jobs.models import ENDED
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.group import load_group
from webapp.trajectories.index import text
from webapp.trajectories.index.facts import facts_of, group_entry, rollout_entry
from webapp.trajectories.models import IndexedRollout, RolloutIndex

GROUPS_AT_ONCE = 64
TEXT_AT_ONCE = 500_000
"""Characters of responses in one transaction: with SQLite everybody else waits for it."""
SETTLES_AFTER = timedelta(minutes=20)
"""How long after a run's end late events are waited for."""


@dataclass(slots=True)
class _Batch:
    """What one transaction writes."""

    groups: list[RolloutGroup] = field(default_factory=list)
    facts: list[IndexedRollout] = field(default_factory=list)
    of_groups: list[text.Entry] = field(default_factory=list)
    of_rollouts: list[text.Entry] = field(default_factory=list)
    unreadable: int = 0
    size: int = 0


def index_run(run: Run) -> int:
    """Index all that is there of a run; returns the number of groups read."""
    total = 0
    while done := index_some(run):
        total += done
    return total


def index_some(run: Run) -> int:
    """One transaction's worth; returns the number of groups read, 0 when the index is up to date."""
    index, _ = RolloutIndex.objects.get_or_create(run=run)
    rows = RolloutGroup.objects.of_run(run).filter(pk__gt=index.last_group).order_by("pk")
    batch = _read(run, rows.prefetch_related("rollouts")[:GROUPS_AT_ONCE])
    if not batch.groups:
        _settle(run)
        return 0
    newest = batch.groups[-1]
    with transaction.atomic():
        moved = RolloutIndex.objects.filter(run=run, last_group=index.last_group).update(
            last_group=newest.pk,
            step=newest.step,
            unreadable=F("unreadable") + batch.unreadable,
            settled=False,
            updated=timezone.now(),
        )
        if moved:
            _write(run, batch)
    return len(batch.groups)


def forget_all() -> None:
    """Forget the index of all runs. It is made again by whoever indexes next."""
    with transaction.atomic():
        RolloutIndex.objects.all().delete()
        IndexedRollout.objects.all().delete()
        text.drop()
        text.create()


def due_runs() -> list[Run]:
    """The runs that the index may be behind, those that are under way first."""
    behind = Q(rollout_index__isnull=True) | Q(rollout_index__settled=False) | ~Q(job__state__in=ENDED)
    with_groups = Exists(RolloutGroup.objects.filter(run=OuterRef("pk")))
    return list(Run.objects.filter(behind, with_groups).select_related("job").order_by("-pk"))


def index_due() -> bool:
    """A little for every run that is behind; whether there is more to do."""
    done = [index_some(run) for run in due_runs()]
    return any(done)


def _read(run: Run, rows: Sequence[RolloutGroup]) -> _Batch:
    batch = _Batch()
    newest = _newest_attempts(run, rows)
    for row in rows:
        batch.groups.append(row)
        if row.attempt < newest[row.step]:
            continue  # its file was written again
        try:
            record = load_group(run, row)
        except ForesightError:
            batch.unreadable += 1
            continue
        _take(batch, row, record)
        if batch.size >= TEXT_AT_ONCE:
            break
    return batch


def _newest_attempts(run: Run, rows: Sequence[RolloutGroup]) -> dict[int, int]:
    """The latest attempt at each of the rows' steps."""
    found = RolloutGroup.objects.of_run(run).filter(step__in={row.step for row in rows})
    return dict(found.order_by("attempt").values_list("step", "attempt").distinct())


def _take(batch: _Batch, row: RolloutGroup, record: GroupRecord) -> None:
    stored = list(row.rollouts.all())
    if _judged(stored) != _judged(record.rollouts) or record.group != row.group:
        return  # a later attempt has replaced the file, and its event is on the way
    samples = {found.sample: found for found in record.rollouts}
    batch.of_groups.append(group_entry(row, record))
    for rollout in stored:
        found = samples[rollout.sample]
        batch.facts.append(facts_of(row, rollout, record, found))
        batch.of_rollouts.append(rollout_entry(rollout, found))
        batch.size += len(found.response)


def _judged(rollouts: Iterable[Rollout | RolloutRecord]) -> list[tuple[int, str]]:
    return sorted((rollout.sample, rollout.reason) for rollout in rollouts)


def _write(run: Run, batch: _Batch) -> None:
    _forget_replaced(run, batch.groups)
    IndexedRollout.objects.bulk_create(batch.facts)
    text.add(text.GROUPS, batch.of_groups)
    text.add(text.ROLLOUTS, batch.of_rollouts)


def _forget_replaced(run: Run, groups: Sequence[RolloutGroup]) -> None:
    """What was indexed of these steps before they were written again: of several attempts the latest counts."""
    for step, attempt in {row.step: row.attempt for row in groups}.items():
        rollouts = Rollout.objects.filter(group__run=run, group__step=step, group__attempt=attempt)
        first = rollouts.aggregate(first=Min("pk"))["first"] or 0
        IndexedRollout.objects.filter(run=run, step=step, pk__lt=first).delete()


def _settle(run: Run) -> None:
    """A run that ended a while ago brings nothing more, unless it is resumed."""
    job = run.job
    if job.ended and (job.finished is None or job.finished < timezone.now() - SETTLES_AFTER):
        RolloutIndex.objects.filter(run=run).update(settled=True)

"""A run's rollouts as JSON lines, a group of them at a time: what `python -m training reward` reads as well."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from asgiref.sync import sync_to_async

from training.contract.errors import ForesightError
from training.contract.rollout_file import GroupRecord
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.group import load_group
from webapp.trajectories.models import IndexedRollout, Mark
from webapp.trajectories.rollout_rows import class_of_number, patterns_of_bits

JSON_LINES = "application/x-ndjson"
MOST_EXPORTED = 10_000
"""Rollouts of a selection: with all their tokens such a file has some hundred megabytes."""
_GROUPS_AT_ONCE = 16
_ROLLOUTS_AT_ONCE = 64
_TOKENS = {"token_ids", "token_texts", "logprobs"}


async def rollout_lines(
    run: Run, first: int, last: int, *, reason: str = "", tokens: bool = False
) -> AsyncIterator[str]:
    """A line for each rollout of the steps `first` to `last` (both included), by step, group and sample.

    Of several attempts at a step the latest counts. A group whose file cannot be read gives one line with
    an `error`, so that what is missing is seen.

    Args:
        run: the run.
        first: the first step.
        last: the last step.
        reason: keeps the rollouts that were judged so; "" keeps all.
        tokens: adds each response's token ids, texts and log-probs.
    """
    steps = await sync_to_async(RolloutGroup.objects.of_run(run).steps)()
    for step in steps:
        if not first <= step <= last:
            continue
        groups = await sync_to_async(_groups)(run, step)
        for start in range(0, len(groups), _GROUPS_AT_ONCE):
            part = groups[start : start + _GROUPS_AT_ONCE]
            yield await sync_to_async(_text)(run, part, reason, tokens)


async def selection_lines(
    run: Run, user: Any, keys: Sequence[int], *, tokens: bool = True
) -> AsyncIterator[str]:
    """A line for each of these rollouts, in their order: all that is stored of it, tokens and log-probs where they
    are asked for, with its class and the user's marks.

    A rollout whose file cannot be read gives a line with an `error`; one that is not of the run gives none.
    """
    for start in range(0, len(keys), _ROLLOUTS_AT_ONCE):
        yield await sync_to_async(_selected)(run, user, keys[start : start + _ROLLOUTS_AT_ONCE], tokens)


def _selected(run: Run, user: Any, keys: Sequence[int], tokens: bool) -> str:
    wanted = IndexedRollout.objects.of_run(run).select_related("rollout__group")
    rows = wanted.in_bulk(keys)
    marks = {mark.rollout_id: mark for mark in Mark.objects.of(user, run).filter(rollout__in=keys)}
    records: dict[int, GroupRecord | ForesightError] = {}
    lines = []
    for row in (rows[key] for key in keys if key in rows):
        group = row.rollout.group
        if group.pk not in records:
            records[group.pk] = _record(run, group)
        lines.append(_selected_row(run, row, records[group.pk], marks.get(row.pk), tokens))
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def _record(run: Run, group: RolloutGroup) -> GroupRecord | ForesightError:
    try:
        return load_group(run, group)
    except ForesightError as error:
        return error


def _selected_row(
    run: Run, row: IndexedRollout, record: GroupRecord | ForesightError, mark: Mark | None, tokens: bool
) -> dict[str, Any]:
    group, sample = row.rollout.group, row.rollout.sample
    if isinstance(record, ForesightError):
        place = {"run": run.pk, "step": group.step, "group": f"{group.step}/{group.group}", "sample": sample}
        return place | {"error": str(record)}
    miss = class_of_number(row.miss)
    stored = next(one for one in record.rollouts if one.sample == sample)
    return (
        _shared(run, record)
        | stored.model_dump(mode="json", exclude=None if tokens else _TOKENS)
        | {
            "class": miss.key if miss else None,
            "patterns": patterns_of_bits(row.patterns),
            "starred": mark is not None and mark.starred,
            "note": mark.note if mark else "",
        }
    )


def _groups(run: Run, step: int) -> list[RolloutGroup]:
    return list(RolloutGroup.objects.of_run(run).of_step(step).order_by("group"))


def _text(run: Run, groups: list[RolloutGroup], reason: str, tokens: bool) -> str:
    rows = (row for group in groups for row in _rows(run, group, reason, tokens))
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def _rows(run: Run, row: RolloutGroup, reason: str, tokens: bool) -> Iterator[dict[str, Any]]:
    try:
        record = load_group(run, row)
    except ForesightError as error:
        yield {"run": run.pk, "step": row.step, "group": f"{row.step}/{row.group}", "error": str(error)}
        return
    shared = _shared(run, record)
    for rollout in record.rollouts:
        if reason and rollout.reason != reason:
            continue
        yield shared | rollout.model_dump(mode="json", exclude=None if tokens else _TOKENS)


def _shared(run: Run, record: GroupRecord) -> dict[str, Any]:
    """What the rollouts of a group share. `group`, `context` and `continuation` are what `reward` asks for."""
    return {
        "run": run.pk,
        "step": record.step,
        "group": f"{record.step}/{record.group}",
        "document": record.document,
        "document_name": record.document_name,
        "byte_start": record.byte_start,
        "entropy": record.entropy,
        "context": record.context,
        "continuation": record.truth,
        # The prompt opens the thought, where it does, and the response goes on inside it.
        "think_prefilled": record.prompt.rstrip().endswith("<think>"),
    }

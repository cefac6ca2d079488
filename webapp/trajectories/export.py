"""A run's rollouts as JSON lines, a group of them at a time: what `python -m training reward` reads as well."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async

from training.contract.errors import ForesightError
from training.contract.rollout_file import GroupRecord
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.group import load_group

_GROUPS_AT_ONCE = 16
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

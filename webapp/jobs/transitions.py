"""How a job's state may change: one literal table, and the only update that changes it.

Every change is a compare-and-swap on state and attempt: of several processes that try, one wins.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from webapp.jobs.models import Job, State

AState = Any
"""A member of State; without stubs of Django the type checker takes members for tuples."""
ALLOWED: dict[AState, frozenset[AState]] = {
    State.QUEUED: frozenset({State.STARTING, State.CANCELLED}),
    State.STARTING: frozenset({State.RUNNING, State.QUEUED, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset(
        {State.QUEUED, State.SUCCEEDED, State.FINISHED_SHORT, State.FAILED, State.CANCELLED}
    ),
    State.FINISHED_SHORT: frozenset({State.QUEUED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
    State.SUCCEEDED: frozenset(),
}


def transition(
    job_id: int,
    attempt: int,
    from_states: Collection[AState],
    to: AState,
    /,
    *,
    where: Q | None = None,
    **fields: Any,
) -> bool:
    """Move a job to `to` if it still is in one of `from_states` at this attempt.

    Args:
        job_id: the job.
        attempt: the attempt the caller knows of; the job must still be at it.
        from_states: states the caller has seen or may take it from.
        to: the new state.
        where: a further condition that must hold in the same update.
        **fields: other columns to set in the same update.

    Returns:
        True for the one caller that made the change.

    Raises:
        ValueError: the table has no such transition.
    """
    for state in from_states:
        if to not in ALLOWED[state]:
            raise ValueError(f"A job cannot go from {state} to {to}.")
    rows = Job.objects.filter(pk=job_id, attempt=attempt, state__in=list(from_states))
    if where is not None:
        rows = rows.filter(where)
    return bool(rows.update(state=to, **fields) == 1)

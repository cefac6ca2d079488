"""The way a view gets a checkpoint: of the owner's run, still on the disk."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from webapp.runs.access import own_run
from webapp.runs.models import Checkpoint


def own_checkpoint(user: Any, pk: int, step: int) -> Checkpoint:
    """The newest attempt's checkpoint of a step that is still there. Raises Http404."""
    found: Checkpoint | None = (
        Checkpoint.objects.of_run(own_run(user, pk)).present().filter(step=step).first()
    )
    if found is None:
        raise Http404(
            f"There is no checkpoint of step {step}; older ones are deleted when newer ones are saved."
        )
    return found

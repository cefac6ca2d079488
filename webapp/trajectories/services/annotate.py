"""Write a note on a rollout or a group; an empty one takes it away."""

from __future__ import annotations

from typing import Any

from training.contract.errors import ForesightError
from webapp.runs.models import Rollout, RolloutGroup
from webapp.trajectories.models import Mark
from webapp.trajectories.services.keep import keep_mark

LONGEST_NOTE = 4000


def annotate(user: Any, group: RolloutGroup, rollout: Rollout | None, note: str) -> Mark:
    """Set the user's note on a rollout, or with None on its group as a whole.

    Raises ForesightError when it is too long.
    """
    text = note.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST_NOTE:
        raise ForesightError(
            f"A note may have {LONGEST_NOTE} characters; this one has {len(text)}.",
            field="note",
            remedy="Shorten it, or keep the rest on another rollout of the group.",
        )
    return keep_mark(user, group, rollout, note=text)

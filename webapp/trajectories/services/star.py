"""Star a rollout or a group, and take the star away."""

from __future__ import annotations

from typing import Any

from webapp.runs.models import Rollout, RolloutGroup
from webapp.trajectories.models import Mark
from webapp.trajectories.services.keep import keep_mark


def star(user: Any, group: RolloutGroup, rollout: Rollout | None, starred: bool) -> Mark:
    """Set the user's star on a rollout, or with None on its group as a whole. Asking twice changes nothing."""
    return keep_mark(user, group, rollout, starred=starred)

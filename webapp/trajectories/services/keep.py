"""How a mark is written: one row for each user and rollout or group, gone when nothing is left on it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from webapp.runs.models import Rollout, RolloutGroup
from webapp.trajectories.models import Mark


def keep_mark(user: Any, group: RolloutGroup, rollout: Rollout | None, **changes: Any) -> Mark:
    """The user's mark with `changes`; not stored any more where it has neither star nor note."""
    with transaction.atomic():
        mark, _ = Mark.objects.get_or_create(owner=user, run_id=group.run_id, group=group, rollout=rollout)
        for name, value in changes.items():
            setattr(mark, name, value)
        mark.updated = timezone.now()
        if mark.starred or mark.note:
            mark.save()
        else:
            mark.delete()
    return mark

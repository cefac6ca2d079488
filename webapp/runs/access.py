"""The one way a view gets a run: by its owner. Another user's run does not exist."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from webapp.runs.models import Run


def own_run(user: Any, pk: int) -> Run:
    """The user's run with its job, experiment and corpus. Raises Http404."""
    run: Run = get_object_or_404(Run.objects.owned_by(user).with_job(), pk=pk)
    return run

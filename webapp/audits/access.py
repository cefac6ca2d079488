"""The ways a view gets what is audited: by the run's owner, or by an invitation to a sample."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from webapp.audits.models import Audit, Rejudging
from webapp.runs.access import own_run
from webapp.runs.models import Run


def judged_run(user: Any, pk: int) -> Run:
    """The user's run of a method that a judge rewards. Raises Http404."""
    run = own_run(user, pk)
    if not is_judged(run):
        raise Http404("No judge rewards this run.")
    return run


def is_judged(run: Run) -> bool:
    """Whether a judge gives the run its rewards. As stored: a run of an older schema has its answer too."""
    return bool(run.config.get("method", {}).get("kind") == "rlpt")


def open_audit(user: Any, pk: int) -> Audit:
    """A sample of the user's run, or one the user was invited to. Raises Http404."""
    audit: Audit = get_object_or_404(Audit.objects.open_to(user).select_related("run"), pk=pk)
    return audit


def own_audit(user: Any, pk: int) -> Audit:
    """A sample of the user's run. Raises Http404."""
    audit: Audit = get_object_or_404(Audit.objects.owned_by(user).select_related("run"), pk=pk)
    return audit


def own_rejudging(user: Any, pk: int) -> Rejudging:
    """The user's run, judged again. Raises Http404."""
    found: Rejudging = get_object_or_404(Rejudging.objects.owned_by(user).with_job(), pk=pk)
    return found

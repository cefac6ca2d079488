"""The way a view gets a probe: by its owner. Another user's does not exist."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from webapp.probes.models import Probe


def own_probe(user: Any, pk: int) -> Probe:
    """The user's probe with its job and corpus. Raises Http404."""
    probe: Probe = get_object_or_404(Probe.objects.owned_by(user).with_job(), pk=pk)
    return probe

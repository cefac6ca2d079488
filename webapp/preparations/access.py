"""The way a view gets a preparation: by its owner. Another user's does not exist."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from webapp.preparations.models import Preparation


def own_preparation(user: Any, pk: int) -> Preparation:
    """The user's preparation with its job and corpora. Raises Http404."""
    found: Preparation = get_object_or_404(Preparation.objects.owned_by(user).with_corpora(), pk=pk)
    return found

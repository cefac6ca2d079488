"""Choose which events come in the page and which by e-mail, and to which address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from training.contract.errors import ForesightError
from webapp.notifications.models import Wishes
from webapp.notifications.services.webhooks import known_events


def choose(owner: Any, page: Sequence[str], email: Sequence[str], address: str) -> Wishes:
    """Keep the choice. Raises ForesightError: fields `events` and `address`; nothing has been changed."""
    address = address.strip()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise ForesightError(
                "This is no e-mail address.", field="address", remedy="Give it as ada@example.org."
            ) from None
    fields = {"page": known_events(page), "email": known_events(email)}
    with transaction.atomic():
        wishes, _ = Wishes.objects.update_or_create(owner=owner, defaults=fields)
        owner.email = address
        owner.save(update_fields=["email"])
    found: Wishes = wishes
    return found

"""Ten bad sign-ins for a name from an address close that pair for fifteen minutes.

Kept in the database, so that several web processes and a restart count alike.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from webapp.accounts.models import SignInAttempt

ATTEMPTS = 10
WINDOW = timedelta(minutes=15)


def admit(username: str, address: str) -> bool:
    """Count an attempt and say whether it may go on. It counts as bad until `forgive` is called.

    Counting comes before the password is checked, so that many attempts at once are ten as well.
    """
    now = timezone.now()
    with transaction.atomic():
        SignInAttempt.objects.filter(time__lt=now - WINDOW).delete()
        mine = SignInAttempt.objects.filter(username=_name(username), address=address)
        if mine.count() >= ATTEMPTS:
            return False
        SignInAttempt.objects.create(username=_name(username), address=address, time=now)
    return True


def forgive(username: str, address: str) -> None:
    """The password was right: forget the attempts of this name from this address."""
    SignInAttempt.objects.filter(username=_name(username), address=address).delete()


def _name(username: str) -> str:
    return username.lower()[:150]

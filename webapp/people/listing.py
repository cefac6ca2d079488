"""The people of a site, with what they have and may have. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Q, Sum

from webapp.jobs.models import Job
from webapp.jobs.registry import kinds_beside
from webapp.runs.models import Run


@dataclass(frozen=True, slots=True)
class Person:
    user: Any
    own: bool  # the reader's own account
    runs: int
    active: int  # jobs queued or at work, without sessions of Try it: what a quota counts
    checkpoint_bytes: int  # of the checkpoints that are still there
    quota: int | None


def people() -> Any:
    """The accounts of people by name. One that has no password is no person's: nobody can sign in with it."""
    accounts = get_user_model().objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return accounts.select_related("quota").order_by("username")


def persons(users: Iterable[Any], reader: Any) -> tuple[Person, ...]:
    """These accounts with their numbers: three queries for all of them."""
    found = list(users)
    numbers = [user.pk for user in found]
    runs = dict(_by_owner(Run.objects).filter(owner__in=numbers).annotate(n=Count("pk")))
    active = dict(
        _by_owner(Job.objects.active().filter(kind__in=kinds_beside("run")))
        .filter(owner__in=numbers)
        .annotate(n=Count("pk"))
    )
    kept = Sum("checkpoints__bytes", filter=Q(checkpoints__removed=False), default=0)
    bytes_ = dict(_by_owner(Run.objects).filter(owner__in=numbers).annotate(n=kept))
    return tuple(
        Person(
            user,
            user.pk == reader.pk,
            runs.get(user.pk, 0),
            active.get(user.pk, 0),
            bytes_.get(user.pk, 0),
            _quota(user),
        )
        for user in found
    )


def _by_owner(rows: Any) -> Any:
    return rows.order_by().values_list("owner")


def _quota(user: Any) -> int | None:
    try:
        jobs: int = user.quota.jobs
    except ObjectDoesNotExist:
        return None
    return jobs

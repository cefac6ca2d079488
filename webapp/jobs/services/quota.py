"""Whether a person may have one more job: some have a quota."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from training.contract.errors import ForesightError
from webapp.accounts.models import Quota
from webapp.jobs.models import Job
from webapp.jobs.registry import KINDS, kinds_beside


def check_quota(kind: str, owner: Any) -> None:
    """Inside a transaction, which holds the quota until the job is made: two launches at once are two.

    What is at work in a project counts for who made the project. Sessions of Try it are not counted: they have slots of
    their own and end by themselves.

    Raises:
        ForesightError: the owner has as many jobs queued and at work as they may have at once.
    """
    if KINDS[kind].short:
        return
    of_whom = Q(user=owner) | Q(user__made_projects__account=owner)
    quota = Quota.objects.select_for_update(of=("self",)).filter(of_whom).first()
    if quota is None:
        return
    most, counted = quota.jobs, Q(owner=quota.user_id) | Q(owner__project__maker=quota.user_id)
    active = Job.objects.active().filter(counted, kind__in=kinds_beside("run")).count()
    if active >= most:
        raise ForesightError(
            f"Your limit of jobs at once, queued or running, is reached: {active} of {most}.",
            remedy="Wait until one ends, cancel one on the page of the queue, or ask an administrator for more.",
        )

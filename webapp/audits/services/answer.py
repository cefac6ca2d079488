"""What a person says of a pair, and taking it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from webapp.audits.models import Audit, AuditAnswer, AuditPair


def next_pair(audit: Audit, user: Any) -> AuditPair | None:
    """The first pair of the sample that the person has said nothing of; None: all are done."""
    pairs = AuditPair.objects.filter(audit=audit)
    return pairs.exclude(answers__user=user).order_by("place").first()


def answer_pair(pair: AuditPair, user: Any, answer: str) -> None:
    """Keep an answer. The first one stays: a key pressed twice must not judge a pair again.

    Raises ValueError for an answer that is none.
    """
    if answer not in AuditAnswer.Answer.values:
        raise ValueError(f"{answer!r} is no answer.")
    AuditAnswer.objects.get_or_create(pair=pair, user=user, defaults={"answer": answer})


def undo_answer(audit: Audit, user: Any) -> AuditPair | None:
    """Take the person's newest answer back; returns its pair, which then comes next. None: there is none."""
    with transaction.atomic():
        newest = (
            AuditAnswer.objects.filter(pair__audit=audit, user=user)
            .select_related("pair")
            .order_by("-answered", "-pk")
            .first()
        )
        if newest is None:
            return None
        newest.delete()
        return newest.pair

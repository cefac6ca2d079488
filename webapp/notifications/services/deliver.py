"""Make the deliveries that are due: claim them, send them side by side, write down what came of it.

Beside the reconciler, in a thread of its own: a receiver that does not answer delays other receivers by seconds, and
nothing else. A copy that dies in the midst of it lets its claim run out: a receiver may then get the same id twice.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone

from webapp.notifications.messages import mail, payload, signed
from webapp.notifications.models import Delivery
from webapp.notifications.outbound import Answer, post

WAITS = (10, 60, 300, 1800, 7200)
"""Seconds after the first, second ... attempt that failed; after the last one more, the delivery is given up."""
CLAIM = timedelta(seconds=60)
AT_ONCE = 8
KEPT = timedelta(days=30)
"""How long deliveries that ended are listed."""


def deliver_due() -> bool:
    """Make some of the deliveries that are due; whether there are more."""
    now = timezone.now()
    due = Delivery.objects.filter(state=Delivery.State.WAITING, due__lte=now).order_by("due", "pk")
    claimed = [pk for pk in due.values_list("pk", flat=True)[:AT_ONCE] if _claim(pk)]
    if not claimed:
        Delivery.objects.filter(ended__lt=now - KEPT).delete()
        return False
    rows = Delivery.objects.filter(pk__in=claimed).select_related(
        "webhook", "owner", "notification__run__job"
    )
    found = list(rows.defer("notification__run__config", "notification__run__job__error"))
    # The network alone is left to the threads: words are made before, and rows written after.
    calls = [_call(delivery) for delivery in found]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for delivery, answer in zip(found, pool.map(lambda call: call(), calls), strict=True):
            _note(delivery, answer)
    return len(claimed) == AT_ONCE


def _claim(pk: int) -> bool:
    """Of several copies one gets it. What is claimed and not noted is due again when the claim has run out."""
    now = timezone.now()
    mine = Delivery.objects.filter(pk=pk, state=Delivery.State.WAITING, due__lte=now)
    return bool(mine.update(due=now + CLAIM, attempts=F("attempts") + 1) == 1)


def _call(delivery: Delivery) -> Callable[[], Answer]:
    if delivery.webhook is not None:
        hook = delivery.webhook
        data, headers = signed(hook.secret, payload(delivery), int(time.time()))
        return lambda: post(hook.url, data, headers)
    to = delivery.owner.email
    if delivery.notification is None:
        subject, text = "Foresight: a test", "This is a test of notifications by e-mail.\n"
    else:
        subject, text = mail(delivery.notification)
    return lambda: send_mail(to, subject, text)


def send_mail(to: str, subject: str, text: str) -> Answer:
    """One mail through the site's mail server."""
    if not settings.EMAIL_ON:
        return Answer(None, "This site sends no e-mail: FORESIGHT_EMAIL_HOST is not set.")
    if not to:
        return Answer(None, "No e-mail address is given on the page of notifications.")
    try:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [to]).send()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Answer(None, f"The mail server refused or did not answer: {error}"[:300])
    return Answer(None, "")


def _note(delivery: Delivery, answer: Answer) -> None:
    now = timezone.now()
    fields: dict[str, object] = {"status": answer.status, "said": answer.wrong[:300]}
    if answer.ok:
        fields |= {"state": Delivery.State.DELIVERED, "ended": now}
    elif delivery.attempts > len(WAITS):
        fields |= {"state": Delivery.State.FAILED, "ended": now}
    else:
        fields |= {"due": now + timedelta(seconds=WAITS[delivery.attempts - 1])}
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(**fields)

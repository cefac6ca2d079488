"""The words and the bytes of a notification: the subject and text of a mail, the signed body of a webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from webapp.accounts.languages import language_of
from webapp.notifications.models import Delivery, Notification
from webapp.words.sentences import translated

TITLES = {
    "finished": "{run} has finished",
    "failed": "{run} has failed",
    "stalled": "{run} has stalled",
    "collapse": "{run} has turned unhealthy",
}
_SHORT = "{run} has stopped short"
SIGNATURE, TIMESTAMP = "Foresight-Signature", "Foresight-Timestamp"


def title(one: Notification) -> str:
    """What happened, in a few words, with the run's name as it is now."""
    short = (
        one.event == "failed" and one.run.job.state == "finished_short" and one.run.job.attempt == one.attempt
    )
    return (_SHORT if short else TITLES[one.event]).format(run=one.run.name)


def run_url(one: Notification) -> str:
    """The address of the run; without the site's own where FORESIGHT_SITE_URL does not say it."""
    return f"{settings.SITE_URL}{reverse('run', args=[one.run_id])}"


def mail(one: Notification) -> tuple[str, str]:
    """Subject and text, in the language that the run's owner has chosen."""
    what = f"{title(one)}: attempt {one.attempt}, step {one.step:,}."
    if one.run.steps_asked:
        what = f"{title(one)}: attempt {one.attempt}, step {one.step:,} of {one.run.steps_asked:,}."
    wishes = f"{settings.SITE_URL}{reverse('notification-settings')}"
    lines = (
        what,
        one.detail,
        run_url(one),
        f"You get this because you asked for it. Choose what comes by e-mail: {wishes}",
    )
    with override(language_of(one.run.owner)):
        said = [translated(line) for line in lines if line]
        return f"Foresight: {translated(' '.join(title(one).split()))}", "\n\n".join(said) + "\n"


def payload(delivery: Delivery) -> dict[str, Any]:
    """What a webhook is sent. A test has no run."""
    one = delivery.notification
    body: dict[str, Any] = {
        "id": f"delivery-{delivery.pk}",
        "event": "test" if one is None else one.event,
        "time": (delivery if one is None else one).created.isoformat(timespec="seconds"),
        "message": "This is a test of the webhook." if one is None else title(one),
        "detail": "" if one is None else one.detail,
        "run": None,
    }
    if one is not None:
        body["run"] = {
            "id": one.run_id,
            "name": one.run.name,
            "attempt": one.attempt,
            "step": one.step,
            "steps_asked": one.run.steps_asked,
            "url": run_url(one),
        }
    return body


def signed(secret: str, body: dict[str, Any], timestamp: int) -> tuple[bytes, dict[str, str]]:
    """The bytes to send and the headers that prove who sends them: HMAC-SHA256 over time, a dot and the bytes."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + data, hashlib.sha256).hexdigest()
    return data, {
        "Content-Type": "application/json",
        "User-Agent": "Foresight",
        "Foresight-Event": body["event"],
        "Foresight-Delivery": body["id"],
        TIMESTAMP: str(timestamp),
        SIGNATURE: f"v1={digest}",
    }

"""The page on which a user chooses what comes where: events by channel, the e-mail address, webhooks and their log."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.notifications.messages import SIGNATURE
from webapp.notifications.models import Delivery, Event, Webhook, wishes_of
from webapp.notifications.services.webhooks import make_webhook, send_test
from webapp.notifications.services.wishes import choose
from webapp.words.sentences import explained

CREATED, INVALID = 201, 422
SHOWN = 20
"""Deliveries of a webhook that its log shows."""


@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    post = request.POST
    try:
        choose(request.user, post.getlist("page"), post.getlist("email"), post.get("address", ""))
    except ForesightError as error:
        return _page(request, INVALID, error=error, address=post.get("address", ""))
    messages.success(request, _("Kept: that is what you will hear of from now on."))
    return redirect("notification-settings")


@never_cache
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make a webhook. The answer is the only page that ever shows its secret, so it is no redirect."""
    try:
        hook, secret = make_webhook(request.user, request.POST.get("url", ""), request.POST.getlist("events"))
    except ForesightError as error:
        return _page(request, INVALID, hook_error=error, url=request.POST.get("url", ""))
    return _page(request, CREATED, made=hook, secret=secret)


@require_safe
def deliveries(request: HttpRequest, pk: int) -> HttpResponse:
    """The log of one webhook, for the page that is open."""
    hook = _own(request, pk)
    return render(request, "notifications/deliveries.html", _log(hook))


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    hook = _own(request, pk)
    send_test(hook)
    messages.success(request, _("The test is on its way. Its log shows what came of it."))
    return redirect("notification-settings")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    _own(request, pk).delete()
    messages.success(request, _("The webhook is removed, and nothing is sent there any more."))
    return redirect("notification-settings")


def _own(request: HttpRequest, pk: int) -> Webhook:
    hook: Webhook = get_object_or_404(Webhook.objects.owned_by(request.user), pk=pk)
    return hook


def _log(hook: Webhook) -> dict[str, Any]:
    rows = list(hook.deliveries.select_related("notification")[:SHOWN])
    return {
        "hook": hook,
        "deliveries": rows,
        "waiting": any(one.state == Delivery.State.WAITING and one.attempts == 0 for one in rows),
    }


def _page(
    request: HttpRequest,
    status: int = 200,
    *,
    error: ForesightError | None = None,
    hook_error: ForesightError | None = None,
    **more: Any,
) -> HttpResponse:
    chosen = wishes_of(request.user)
    mails = Delivery.objects.filter(owner=request.user, webhook=None)
    context = {
        "events": [
            {"key": key, "words": words, "page": key in chosen.page, "email": key in chosen.email}
            for key, words in Event.choices
        ],
        "email_on": settings.EMAIL_ON,
        "address": request.user.email,
        "last_mail": mails.first(),
        "error": explained(error) if error else "",
        "hook_error": explained(hook_error) if hook_error else "",
        "hooks": [_log(hook) for hook in Webhook.objects.owned_by(request.user)],
        "signature": SIGNATURE,
        **more,
    }
    return render(request, "notifications/settings.html", context, status=status)

"""The page of notifications, and what the bell asks for."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webapp.notifications.messages import title
from webapp.notifications.models import Notification
from webapp.words.sentences import translated

PER_PAGE = 50


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """`?unread=1`: those alone."""
    found = Notification.objects.owned_by(request.user).with_run()
    only = request.GET.get("unread") == "1"
    page = Paginator(found.unread() if only else found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"one": one, "title": translated(title(one)), "detail": translated(one.detail)} for one in page]
    return render(request, "notifications/list.html", {"page": page, "rows": rows, "only_unread": only})


@never_cache
@require_safe
def news(request: HttpRequest) -> JsonResponse:
    """For the bell: {unread, newest: {id, title, detail, event, url} or null}."""
    mine = Notification.objects.owned_by(request.user)
    newest = mine.unread().with_run().first()
    said = None
    if newest is not None:
        said = {
            "id": newest.pk,
            "title": translated(title(newest)),
            "detail": translated(newest.detail),
            "event": newest.event,
            "url": reverse("run", args=[newest.run_id]),
            "read": reverse("notification-read", args=[newest.pk]),
        }
    return JsonResponse({"unread": mine.unread().count(), "newest": said})


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    one = get_object_or_404(Notification.objects.owned_by(request.user), pk=pk)
    Notification.objects.filter(pk=one.pk, read=None).update(read=timezone.now())
    return redirect("notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponseRedirect:
    Notification.objects.owned_by(request.user).unread().update(read=timezone.now())
    return redirect("notifications")

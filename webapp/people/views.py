"""The page of people, for staff: accounts, invitations, passwords, roles and quotas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.people.access import staff_only
from webapp.people.listing import people, persons
from webapp.people.services.invite import invite
from webapp.people.services.password import reset_password
from webapp.people.services.quota import set_quota
from webapp.people.services.role import set_active, set_staff
from webapp.words.sentences import explained

PEOPLE_A_PAGE = 50
CREATED, INVALID = 201, 422


@require_safe
@staff_only
def people_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@never_cache
@require_POST
@staff_only
def invite_person(request: HttpRequest) -> HttpResponse:
    """Make an account. The answer is the only page that ever holds its password, so it is no redirect."""
    name = request.POST.get("name", "")
    try:
        user, password = invite(name)
    except ForesightError as error:
        return _page(request, INVALID, invite_error=explained(error), typed=name)
    return _page(request, CREATED, given=user, password=password, invited=True)


@never_cache
@require_POST
@staff_only
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Shown once, as a new account's."""
    user = _person(pk)
    try:
        password = reset_password(user, request.user)
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("people")
    return _page(request, given=user, password=password)


@require_POST
@staff_only
def change_staff(request: HttpRequest, pk: int) -> HttpResponse:
    """`staff` is 1 or 0."""
    user, staff = _person(pk), request.POST.get("staff") == "1"
    said = _("{name} is an administrator now.") if staff else _("{name} is no administrator any more.")
    return _changed(request, user, said, lambda: set_staff(user, staff, request.user))


@require_POST
@staff_only
def change_active(request: HttpRequest, pk: int) -> HttpResponse:
    """`active` is 1 or 0."""
    user, active = _person(pk), request.POST.get("active") == "1"
    said = (
        _("{name} can sign in again.")
        if active
        else _("{name} is deactivated: sign-ins and API tokens are refused from now on. Jobs go on.")
    )
    return _changed(request, user, said, lambda: set_active(user, active, request.user))


@require_POST
@staff_only
def change_quota(request: HttpRequest, pk: int) -> HttpResponse:
    """`jobs` is a number, or empty for no limit."""
    user = _person(pk)
    said = _("The limit of {name} is stored.")
    return _changed(request, user, said, lambda: set_quota(user, request.POST.get("jobs", "")))


def _person(pk: int) -> Any:
    return get_object_or_404(people(), pk=pk)


def _changed(request: HttpRequest, user: Any, said: str, change: Callable[[], object]) -> HttpResponse:
    """Make a change and say so, or say why it cannot be made."""
    try:
        change()
    except ForesightError as error:
        messages.error(request, explained(error))
    else:
        messages.success(request, said.format(name=user.get_username()))
    return redirect("people")


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    page = Paginator(people(), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "persons": persons(page.object_list, request.user),
        "site": request.build_absolute_uri("/").rstrip("/"),
        **more,
    }
    return render(request, "people/page.html", context, status=status)

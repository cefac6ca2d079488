"""The pages of projects: which there are, who belongs to one, and entering one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.projects.access import own_membership, owned_membership
from webapp.projects.middleware import ENTERED
from webapp.projects.middleware import enter as enter_project
from webapp.projects.models import Membership, Role
from webapp.projects.services.create import create_project, rename_project
from webapp.projects.services.delete import delete_project
from webapp.projects.services.members import add_member, remove_member, set_role
from webapp.words.sentences import explained

INVALID = 422


@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        made = create_project(request.user, name)
    except ForesightError as error:
        return _list(request, name, explained(error), INVALID)
    enter_project(request, made)
    return redirect("project", pk=made.project_id)


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """`project`: the one whose work is shown and added to from now on; empty for the person's own."""
    number = request.POST.get("project", "")
    chosen = number.isdecimal() and len(number) < 12
    enter_project(request, own_membership(request.user, int(number)) if chosen else None)
    return redirect("home")


@require_safe
def project(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, own_membership(request.user, pk))


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    mine = owned_membership(request.user, pk)
    return _done(
        request, mine, lambda: rename_project(mine.project, request.POST.get("name", "")), _("Renamed.")
    )


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    mine = owned_membership(request.user, pk)
    try:
        delete_project(mine.project)
    except ForesightError as error:
        return _page(request, mine, explained(error), INVALID)
    messages.success(request, _("{name} was deleted.").format(name=mine.project.name))
    return redirect("projects")


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    mine = owned_membership(request.user, pk)
    username, role = request.POST.get("user", ""), request.POST.get("role", Role.EDITOR)
    said = _("{name} belongs to the project now.").format(name=username)
    return _done(request, mine, lambda: add_member(mine.project, username, role), said)


@require_POST
def change(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """`role`: a new role for a member."""
    mine = owned_membership(request.user, pk)
    theirs = get_object_or_404(Membership, project__pk=pk, user__pk=member)
    said = _("The role of {name} is changed.").format(name=theirs.user.get_username())
    return _done(request, mine, lambda: set_role(theirs, request.POST.get("role", "")), said)


@require_POST
def remove(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """A member leaves, or is taken out by an owner."""
    mine = own_membership(request.user, pk)
    leaves = member == request.user.pk
    if not leaves:
        mine = owned_membership(request.user, pk)
    theirs = get_object_or_404(Membership.objects.select_related("user"), project__pk=pk, user__pk=member)
    try:
        remove_member(theirs)
    except ForesightError as error:
        return _page(request, mine, explained(error), INVALID)
    if leaves:
        messages.success(request, _("You have left {name}.").format(name=mine.project.name))
        return redirect("projects")
    messages.success(request, _("{name} is out of the project.").format(name=theirs.user.get_username()))
    return redirect("project", pk=pk)


def _done(request: HttpRequest, mine: Membership, change: Callable[[], object], said: str) -> HttpResponse:
    try:
        change()
    except ForesightError as error:
        return _page(request, mine, explained(error), INVALID)
    messages.success(request, said)
    return redirect("project", pk=mine.project_id)


def _list(request: HttpRequest, name: str = "", error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "memberships": Membership.objects.of_person(request.user),
        "entered": request.session.get(ENTERED),
        "name": name,
        "error": error,
    }
    return render(request, "projects/list.html", context, status=status)


def _page(request: HttpRequest, mine: Membership, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "mine": mine,
        "project": mine.project,
        "members": mine.project.memberships.select_related("user"),
        "roles": Role.choices,
        "entered": request.session.get(ENTERED),
        "typed": request.POST.get("user", ""),
        "error": error,
    }
    return render(request, "projects/project.html", context, status=status)

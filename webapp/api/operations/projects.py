"""Projects: which there are and who belongs to them. Acting in one is a header, `Foresight-Project`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from webapp.api.schemas.common import Page, PageQuery, paged, replies
from webapp.api.schemas.projects import (
    MemberRole,
    ProjectDetail,
    ProjectName,
    ProjectOut,
    project_detail,
    project_out,
)
from webapp.projects.access import own_membership, owned_membership
from webapp.projects.models import Membership
from webapp.projects.services.create import create_project, rename_project
from webapp.projects.services.delete import delete_project
from webapp.projects.services.members import add_member, remove_member, set_role

router = Router(tags=["Projects"])
A_PAGE = 100
CREATED, NOTHING = 201, 204


@router.get("/projects", response=replies(Page[ProjectOut]), summary="List projects")
def list_projects(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Those the person belongs to, by name, 100 a page."""
    return paged(Membership.objects.of_person(request.user), query.page, A_PAGE, project_out)


@router.post("/projects", response=replies(ProjectDetail, status=CREATED), summary="Make a project")
def make_project(request: HttpRequest, body: ProjectName) -> Any:
    """The person becomes its owner."""
    return Status(CREATED, project_detail(create_project(request.user, body.name)))


@router.get("/projects/{int:project}", response=replies(ProjectDetail), summary="Show a project")
def show_project(request: HttpRequest, project: int) -> Any:
    """With everybody who belongs to it."""
    return project_detail(own_membership(request.user, project))


@router.patch("/projects/{int:project}", response=replies(ProjectDetail), summary="Rename a project")
def change_project(request: HttpRequest, project: int, body: ProjectName) -> Any:
    """Its owners may; for other members it does not exist."""
    mine = owned_membership(request.user, project)
    rename_project(mine.project, body.name)
    return project_detail(mine)


@router.delete("/projects/{int:project}", response=replies(None, status=NOTHING), summary="Delete a project")
def remove_project(request: HttpRequest, project: int) -> Any:
    """With its corpora and settings, for good. Runs have to be deleted before; its owners may do it."""
    delete_project(owned_membership(request.user, project).project)
    return Status(NOTHING, None)


@router.put(
    "/projects/{int:project}/members/{str:user}", response=replies(ProjectDetail), summary="Say who belongs"
)
def put_member(request: HttpRequest, project: int, user: str, body: MemberRole) -> Any:
    """Adds a person by the name they sign in with, or gives a member another role; its owners may."""
    mine = owned_membership(request.user, project)
    theirs = Membership.objects.filter(project=project, user__username=user).select_related("user").first()
    if theirs is None:
        add_member(mine.project, user, body.role)
    else:
        set_role(theirs, body.role)
    return project_detail(own_membership(request.user, project))


@router.delete(
    "/projects/{int:project}/members/{str:user}",
    response=replies(None, status=NOTHING),
    summary="Take a member out",
)
def delete_member(request: HttpRequest, project: int, user: str) -> Any:
    """Its owners may take anybody out, and everybody may leave. What the person made stays in the project."""
    leaves = user == request.user.get_username()
    access = own_membership if leaves else owned_membership
    access(request.user, project)
    theirs = get_object_or_404(
        Membership.objects.select_related("user"), project=project, user__username=user
    )
    remove_member(theirs)
    return Status(NOTHING, None)

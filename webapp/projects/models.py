"""Projects: work that several people share, each with a role.

Everything on the site has one owner. A project has an account of its own, with which nobody can sign in, and that
account owns what is made in the project: corpora, runs, presets, thresholds, notifications. A member who has entered
the project acts as that account (webapp/projects/middleware.py), so no list and no look-up knows about projects.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member may do; each may do what the ones before it may."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")


class ProjectQuerySet(models.QuerySet["Project"]):
    def of_member(self, person: Any) -> ProjectQuerySet:
        return self.filter(memberships__user=person)


class Project(models.Model):
    name = models.CharField(max_length=80)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="project"
    )  # owns what is made in it
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="made_projects"
    )  # whose quota its jobs count for, member or not
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ProjectQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_person(self, person: Any) -> MembershipQuerySet:
        """Those of an active person, with their projects and accounts, by name."""
        own = self.filter(user=person, user__is_active=True)
        return own.select_related("project__account").order_by("project__name", "project")


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )  # a person
    role = models.CharField(max_length=6, choices=Role)

    objects: ClassVar[Any] = MembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["user__username"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"

    @property
    def only_looks(self) -> bool:
        return self.role == Role.VIEWER

    @property
    def owns(self) -> bool:
        return self.role == Role.OWNER

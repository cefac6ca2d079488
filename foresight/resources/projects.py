"""Projects that several people share. To act in one, give its number to the client: `Client(url, token, project=3)`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from foresight.models import ProjectDetail, ProjectOut
from foresight.resources.base import Resource


class Projects(Resource):
    def list(self) -> Iterator[ProjectOut]:
        """Those you belong to, by name."""
        return self._pages("/projects", ProjectOut)

    def make(self, name: str) -> ProjectDetail:
        """A new one; you become its owner."""
        return ProjectDetail.model_validate(self._transport.json("POST", "/projects", json={"name": name}))

    def show(self, project: int) -> ProjectDetail:
        """With everybody who belongs to it."""
        return ProjectDetail.model_validate(self._transport.json("GET", f"/projects/{project}"))

    def rename(self, project: int, name: str) -> ProjectDetail:
        body = {"name": name}
        found = self._transport.json("PATCH", f"/projects/{project}", json=body, repeatable=True)
        return ProjectDetail.model_validate(found)

    def delete(self, project: int) -> None:
        """With its corpora and settings, for good. Its runs have to be deleted before."""
        self._transport.send("DELETE", f"/projects/{project}")

    def put_member(self, project: int, user: str, role: str) -> ProjectDetail:
        """Add a person by the name they sign in with, or give a member another role: viewer, editor or owner."""
        place = f"/projects/{project}/members/{quote(user, safe='')}"
        found = self._transport.json("PUT", place, json={"role": role}, repeatable=True)
        return ProjectDetail.model_validate(found)

    def remove_member(self, project: int, user: str) -> None:
        """Take a member out, or leave. What the person made stays."""
        self._transport.send("DELETE", f"/projects/{project}/members/{quote(user, safe='')}")

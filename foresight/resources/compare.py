"""Runs side by side."""

from __future__ import annotations

from collections.abc import Sequence

from foresight.models import Compared, ContextsOut, GroupsOut, UnderRulesOut
from foresight.resources.base import Resource, given


class Compare(Resource):
    def runs(self, runs: Sequence[int]) -> Compared:
        """Settings that differ, where the metrics stand, and held-out scores; the first run is the one the others
        are held against."""
        return Compared.model_validate(self._transport.json("GET", "/compare", params={"runs": [*runs]}))

    def what_if(
        self,
        runs: Sequence[int],
        rule: str,
        *,
        than: str = "used",
        first: int | None = None,
        last: int | None = None,
    ) -> UnderRulesOut:
        """Each run under two rewards over some steps, judged anew from stored rollouts."""
        query = given(runs=[*runs], rule=rule, than=than, first=first, last=last)
        return UnderRulesOut.model_validate(self._transport.json("GET", "/compare/what-if", params=query))

    def groups(
        self,
        runs: Sequence[int],
        setting: str,
        key: str,
        *,
        first: int | None = None,
        last: int | None = None,
    ) -> GroupsOut:
        """The mean and the band of one metric over the runs that share a setting's value."""
        query = given(runs=[*runs], setting=setting, key=key, first=first, last=last)
        return GroupsOut.model_validate(self._transport.json("GET", "/compare/groups", params=query))

    def contexts(self, run: int, other: int) -> ContextsOut:
        """Contexts that two runs were both asked at: where one wins and the other fails."""
        return ContextsOut.model_validate(self._transport.json("GET", f"/runs/{run}/contexts/{other}"))

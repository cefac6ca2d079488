"""Runs: launch, follow, end; their metrics and their log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from foresight.models import (
    BulkDone,
    Changed,
    Events,
    LogOut,
    MetricOut,
    RunDetail,
    RunOut,
    Series,
)
from foresight.resources.base import Resource, given

POLL_SECONDS = 1.0


class Runs(Resource):
    def list(
        self,
        *,
        search: str = "",
        state: str = "",
        sort: str = "newest",
        tag: str = "",
        method: str = "",
        corpus: int = 0,
        show: str = "",
    ) -> Iterator[RunOut]:
        """Your runs. States: active, succeeded, finished_short, failed, cancelled; sorts: newest, oldest, name,
        reward, step; methods: rpt, rlpt, rlvr, sft, ntp; show: starred, archived, all, or those not archived."""
        query = {"q": search, "state": state, "sort": sort, "tag": tag, "method": method}
        return self._pages("/runs", RunOut, {**query, "corpus": corpus, "show": show})

    def change(
        self,
        run: int,
        *,
        name: str | None = None,
        notes: str | None = None,
        tags: Sequence[str] | None = None,
        starred: bool | None = None,
        archived: bool | None = None,
    ) -> RunDetail:
        """Change what is given; `tags` are all that it is to have."""
        body = given(name=name, notes=notes, tags=tags, starred=starred, archived=archived)
        found = self._transport.json("PATCH", f"/runs/{run}", json=body, repeatable=True)
        return RunDetail.model_validate(found)

    def bulk(self, action: str, runs: Sequence[int], *, tags: Sequence[str] = ()) -> BulkDone:
        """One verb for many runs: cancel, tag, untag, star, unstar, archive, restore, delete."""
        body = {"action": action, "runs": [*runs], "tags": [*tags]}
        found = self._transport.json("POST", "/runs/bulk", json=body, repeatable=True)
        return BulkDone.model_validate(found)

    def delete(self, run: int) -> None:
        """With its metrics, rollouts, checkpoints, evaluations and files. Raises ApiError while it is in use."""
        self._transport.send("DELETE", f"/runs/{run}")

    def show(self, run: int) -> RunDetail:
        return RunDetail.model_validate(self._transport.json("GET", f"/runs/{run}"))

    def launch(self, experiment: int) -> RunDetail:
        """Queue one run of a stored experiment."""
        return RunDetail.model_validate(
            self._transport.json("POST", "/runs", json={"experiment": experiment})
        )

    def demo(self) -> RunDetail:
        """Queue the demo on the built-in sample."""
        return RunDetail.model_validate(self._transport.json("POST", "/runs/demo"))

    def control(self, run: int) -> RunDetail:
        """Queue the supervised control of a run."""
        return RunDetail.model_validate(self._transport.json("POST", f"/runs/{run}/control"))

    def cancel(self, run: int) -> Changed:
        return Changed.model_validate(self._transport.json("POST", f"/runs/{run}/cancel", repeatable=True))

    def resume(self, run: int) -> Changed:
        return Changed.model_validate(self._transport.json("POST", f"/runs/{run}/resume", repeatable=True))

    def events(self, run: int, after: int = 0) -> Events:
        """At most 500 events after a cursor, and the state above them."""
        return Events.model_validate(
            self._transport.json("GET", f"/runs/{run}/events", params={"after": after})
        )

    def follow(self, run: int, after: int = 0, *, seconds: float = POLL_SECONDS) -> Iterator[Events]:
        """News of a run until it has ended: each event once. The last message says how it ended."""
        while True:
            found = self.events(run, after)
            news = found.cursor != after
            after = found.cursor
            yield found
            if found.job["ended"] and not news:
                return
            if not news:
                time.sleep(seconds)

    def log(self, run: int, *, attempt: int | None = None, offset: int | None = None) -> LogOut:
        """The last 200 lines of an attempt's output, or the lines after a byte offset."""
        query = given(attempt=attempt, offset=offset)
        return LogOut.model_validate(self._transport.json("GET", f"/runs/{run}/log", params=query))

    def metrics(self, run: int) -> tuple[MetricOut, ...]:
        """Every metric that was recorded."""
        found = self._transport.json("GET", f"/runs/{run}/metrics")
        return tuple(MetricOut.model_validate(one) for one in found)

    def series(
        self,
        run: int,
        keys: Sequence[str],
        *,
        first: int | None = None,
        last: int | None = None,
        points: int | None = None,
    ) -> dict[str, Series]:
        """The curves of some metrics; at most `points` points each, extremes kept."""
        query = given(key=[*keys], first=first, last=last, points=points)
        found = self._transport.json("GET", f"/runs/{run}/series", params=query)["series"]
        return {key: Series.model_validate(one) for key, one in found.items()}

    def csv(self, run: int, keys: Sequence[str] = ()) -> str:
        """Every point ever written, as CSV: key, attempt, step, time, value."""
        return self._transport.send("GET", f"/runs/{run}/metrics.csv", params={"key": [*keys]}).text

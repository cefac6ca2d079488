"""Steps, groups and rollouts of a run, and its checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypedDict, Unpack
from urllib.parse import quote

import httpx

from foresight.download import Report, fetch_file
from foresight.errors import ForesightClientError
from foresight.models import CheckpointOut, GroupOut, MarkOut, RolloutOut, RolloutPage, StepOut
from foresight.resources.base import Resource, given

_MODEL = "model/"


class Chosen(TypedDict, total=False):
    """Which rollouts, in which order. What is left out narrows nothing."""

    q: str  # words that all must occur; "a phrase", begin*
    where: str  # context, truth, prediction or response; else in any of them
    first: int  # steps, both included
    last: int
    reward_min: float
    reward_max: float
    entropy_min: float  # of the position, nats
    entropy_max: float
    length_min: int  # response tokens
    length_max: int
    kind: str  # token, asr, msr, problem
    reason: str  # match, mismatch ...
    miss: str  # class of the prefix ruler: hit, off_boundary, form ...
    pattern: str  # of reasoning: reflection, deduction ...; any
    marked: str  # starred, noted, any
    sort: str  # newest, oldest, worst, best, advantage, longest, shortest, hardest


class Rollouts(Resource):
    def steps(self, run: int) -> Iterator[StepOut]:
        """The steps that have rollouts, newest first."""
        return self._pages(f"/runs/{run}/steps", StepOut)

    def groups(
        self,
        run: int,
        step: int,
        *,
        reason: str = "",
        effective: bool = False,
        sort: str = "group",
        kind: str = "",
    ) -> Iterator[GroupOut]:
        """A step's groups. Sorts: group, worst, best, entropy, length. Kinds: token, asr, msr, problem."""
        query = {"reason": reason, "effective": effective, "sort": sort, "kind": kind}
        return self._pages(f"/runs/{run}/steps/{step}/groups", GroupOut, query)

    def group(self, run: int, step: int, group: int) -> dict[str, Any]:
        """The whole record of a group: context, prompt, truth, every response."""
        found: dict[str, Any] = self._transport.json("GET", f"/runs/{run}/steps/{step}/groups/{group}")
        return found

    def elsewhere(self, run: int, step: int, group: int) -> tuple[GroupOut, ...]:
        """The groups of other steps that had the same context."""
        found = self._transport.json("GET", f"/runs/{run}/steps/{step}/groups/{group}/elsewhere")
        return tuple(GroupOut.model_validate(one) for one in found)

    def what_if(self, run: int, step: int, rule: str, page: int = 1) -> dict[str, Any]:
        """A page of a step's groups under another reward."""
        query = {"rule": rule, "page": page}
        found: dict[str, Any] = self._transport.json("GET", f"/runs/{run}/steps/{step}/what-if", params=query)
        return found

    def export(
        self, run: int, first: int = 0, last: int | None = None, *, reason: str = "", tokens: bool = False
    ) -> Iterator[dict[str, Any]]:
        """A row for each rollout of some steps, by step, group and sample. Goes on after a lost connection."""
        step, seen, failed = first, 0, 0
        while True:
            query = given(first=step, last=last, reason=reason, tokens=tokens)
            skip = seen
            try:
                with self._transport.stream(f"/runs/{run}/rollouts.jsonl", params=query) as answer:
                    for line in answer.iter_lines():
                        row = json.loads(line)
                        if skip and row["step"] == step:
                            skip -= 1  # it came before the connection was lost
                            continue
                        seen = seen + 1 if row["step"] == step else 1
                        step, failed, skip = row["step"], 0, 0
                        yield row
                return
            except httpx.TransportError as error:
                self._wait_or_raise(error, failed)
                failed += 1

    def search(self, run: int, **chosen: Unpack[Chosen]) -> Iterator[RolloutOut]:
        """The rollouts of a run that match, page by page: at most 10,000, or the newest 1,000 where very many
        hold the words."""
        return self._pages(f"/runs/{run}/rollouts", RolloutOut, _known(chosen))

    def search_page(self, run: int, page: int = 1, **chosen: Unpack[Chosen]) -> RolloutPage:
        """One page of them, with how many match and how far the search has come."""
        query = {**_known(chosen), "page": page}
        return RolloutPage.model_validate(self._transport.json("GET", f"/runs/{run}/rollouts", params=query))

    def export_selection(
        self, run: int, ids: Sequence[int] = (), *, tokens: bool = True, **chosen: Unpack[Chosen]
    ) -> Iterator[dict[str, Any]]:
        """All that is stored of each rollout that matches, or of those with these `id`s; at most 10,000. Goes on
        after a lost connection."""
        query = {**_known(chosen), "id": list(ids), "tokens": tokens}
        had: set[tuple[Any, ...]] = set()
        failed = 0
        while True:
            try:
                with self._transport.stream(f"/runs/{run}/rollouts/selection.jsonl", params=query) as answer:
                    for line in answer.iter_lines():
                        row = json.loads(line)
                        place = (row["step"], row["group"], row["sample"])
                        if place not in had:
                            had.add(place)
                            failed = 0
                            yield row
                return
            except httpx.TransportError as error:
                self._wait_or_raise(error, failed)
                failed += 1

    def _wait_or_raise(self, error: httpx.TransportError, failed: int) -> None:
        """After a stream that was cut, and `failed` before it that brought nothing. Raises Unreachable at last."""
        if failed == self._transport.retries:
            raise self._transport.unreachable(error) from error
        self._transport.wait(failed)

    def marks(self, run: int) -> tuple[MarkOut, ...]:
        """Your stars and notes in a run, newest first."""
        found = self._transport.json("GET", f"/runs/{run}/marks")
        return tuple(MarkOut.model_validate(one) for one in found)

    def mark(
        self,
        run: int,
        step: int,
        group: int,
        sample: int | None = None,
        *,
        starred: bool | None = None,
        note: str | None = None,
    ) -> MarkOut:
        """Star or annotate a rollout, or without a sample its group as a whole. None leaves that as it is."""
        body = {"sample": sample, "starred": starred, "note": note}
        path = f"/runs/{run}/steps/{step}/groups/{group}/mark"
        return MarkOut.model_validate(self._transport.json("PUT", path, json=body))


def _known(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """A filter that does not exist must not pass for one that found nothing to leave out."""
    unknown = sorted(set(chosen) - set(Chosen.__annotations__))
    if unknown:
        raise TypeError(f"There is no filter {unknown[0]!r}: {', '.join(Chosen.__annotations__)}.")
    return dict(chosen)


class Checkpoints(Resource):
    def list(self, run: int) -> tuple[CheckpointOut, ...]:
        """Newest step first, removed ones too."""
        found = self._transport.json("GET", f"/runs/{run}/checkpoints")
        return tuple(CheckpointOut.model_validate(one) for one in found)

    def find(self, run: int, step: int | None = None) -> CheckpointOut:
        """The checkpoint of a step that is still there; None: the newest. Raises ForesightClientError."""
        present = [one for one in self.list(run) if not one.removed]
        found = next((one for one in present if step in {None, one.step}), None)
        if found is None:
            wanted = "no checkpoint" if step is None else f"no checkpoint of step {step}"
            there = ", ".join(str(one.step) for one in present)
            remedy = f"There are checkpoints of the steps {there}." if there else "Wait until one is saved."
            raise ForesightClientError(f"Run {run} has {wanted} on the site.", remedy=remedy)
        return found

    def download(
        self, run: int, step: int | None = None, to: Path | str | None = None, report: Report | None = None
    ) -> Path:
        """Download a checkpoint as a Hugging Face folder, each file checked against its SHA-256.

        A file that is there already and whole is not fetched again; one that was cut off goes on.

        Args:
            run: the run.
            step: of the checkpoint; None: the newest.
            to: the folder; None: `run-12-step-15` in the current one.
            report: is told of the bytes that have come.

        Raises:
            DamagedDownload: a file's SHA-256 differs, also when it was fetched anew.
        """
        found = self.find(run, step)
        folder = Path(to) if to is not None else Path(f"run-{run}-step-{found.step}")
        for file in found.files:
            target = folder / _inside(file.path)
            path = f"/runs/{run}/checkpoints/{found.step}/files/{quote(file.path)}"
            fetch_file(self._transport, path, target, size=file.bytes, sha256=file.sha256, report=report)
        return folder


def _inside(path: str) -> PurePosixPath:
    """Where a file of the model goes in the folder. Raises ForesightClientError for one that would leave it."""
    place = PurePosixPath(path.removeprefix(_MODEL))
    if place.is_absolute() or ".." in place.parts or not place.parts:
        raise ForesightClientError(f"The site names a file {path!r}, which lies outside of the folder.")
    return place

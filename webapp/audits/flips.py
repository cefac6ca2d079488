"""The flipped pairs of a rejudging as a sequence that a paginator cuts: read from its file page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from training.contract.rejudge_result import FLIPS_FILE, Flip, RejudgeResult, read_flips
from webapp.audits.models import Rejudging
from webapp.jobs.services.create import job_folder


class FlipList(Sequence[Flip]):
    """The flips in the run's order. A file that is gone reads as empty pages; the counts stay."""

    def __init__(self, rejudging: Rejudging, result: RejudgeResult) -> None:
        self._path = job_folder(rejudging.job) / FLIPS_FILE
        self._length = result.to_right + result.to_wrong

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> Flip: ...

    @overload
    def __getitem__(self, at: slice) -> list[Flip]: ...

    def __getitem__(self, at: int | slice) -> Flip | list[Flip]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _ = at.indices(self._length)
        return list(read_flips(self._path, start, stop)) if self._path.is_file() else []

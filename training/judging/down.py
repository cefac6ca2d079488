"""The error of a judge that does not answer."""

from __future__ import annotations

from training.contract.errors import ForesightError


class JudgeDown(ForesightError):
    """A judge gave no verdict after all its retries; the verdicts it gave before are kept.

    Args:
        waiting: pairs of the call that have no verdict.
        last: the last failure, as a sentence without a full stop.
    """

    def __init__(self, waiting: int, last: str) -> None:
        pairs = "1 pair waits" if waiting == 1 else f"{waiting} pairs wait"
        super().__init__(
            f"The judge does not answer; {pairs} for a verdict. Last failure: {last}.",
            field="judge",
            remedy="Start the judge again, then resume: verdicts it gave are not asked for again.",
            retryable=True,
        )
        self.waiting = waiting
        self.last = last

    def __reduce__(self) -> tuple[object, ...]:
        return (JudgeDown, (self.waiting, self.last))

"""What the judge of a run said, counted: over the whole run, and by the length of the prediction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache

from training.contract.rejudge_result import Call
from webapp.audits.lengths import LengthBin, length_bins
from webapp.audits.pool import call_counts, current_groups, read_pool
from webapp.runs.models import Run

_KEPT = 3600  # s; a new step gives another key


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The judge's verdicts on a run's predictions."""

    counts: dict[Call, int]  # over the whole run
    bins: tuple[LengthBin, ...]  # of the groups that were read
    groups: int  # read
    of_groups: int  # with a judged prediction

    @property
    def judged(self) -> int:
        return sum(self.counts.values())

    def share(self, call: Call) -> float | None:
        """None: nothing was judged."""
        return self.counts[call] / self.judged if self.judged else None

    @property
    def right(self) -> float | None:
        return self.share("right")

    @property
    def wrong(self) -> float | None:
        return self.share("wrong")

    @property
    def malformed(self) -> float | None:
        return self.share("malformed")

    @property
    def chart(self) -> list[dict[str, Any]]:
        """The bins as plain JSON."""
        return [asdict(one) | {"count": one.count} for one in self.bins]


def judged_verdicts(run: Run) -> Verdicts:
    """Counts and bins; kept for as long as the run has no new rollouts."""
    newest = current_groups(run).order_by("-pk").values_list("pk", flat=True).first()
    key = f"verdicts:{run.pk}:{newest}"
    found: Verdicts | None = cache.get(key)
    if found is None:
        pool = read_pool(run)
        bins = length_bins((len(pair.predicted), pair.call) for pair in pool.pairs)
        found = Verdicts(call_counts(run), bins, pool.groups, pool.of_groups)
        cache.set(key, found, _KEPT)
    return found

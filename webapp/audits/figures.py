"""How far people and judges agree on a sample, as its page shows it. Malformed verdicts count as wrong: they
earn nothing, whatever the judge meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from training.contract.agreement import Agreement, agreement, count_table
from training.contract.rejudge_result import RejudgeResult
from webapp.audits.models import Audit, AuditAnswer, AuditPair
from webapp.audits.strata import weights

ANSWERS = ("right", "wrong")


@dataclass(frozen=True, slots=True)
class Raters:
    """Two who judged the same pairs."""

    one: str
    other: str
    table: tuple[tuple[int, ...], ...]  # rows: the first one's right and wrong; columns: the other's
    found: Agreement | None  # None: no pair that both judged
    whole: float | None = None  # kappa as it would be over all of the run's judged pairs; None: not known

    @property
    def is_one_sided(self) -> bool:
        """One of the two gave the same answer to every pair, so that kappa is 0 whatever the other said."""
        lines = (*self.table, *zip(*self.table, strict=True))
        return self.found is not None and self.found.kappa == 0 and any(sum(line) == 0 for line in lines)


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """A sample and what is known of it."""

    audit: Audit
    pairs: int
    answered: int  # by the person who looks, skipped ones too
    skipped: int
    with_judge: Raters  # the person who looks and the judge
    others: tuple[Raters, ...]  # other people and the judge, and every two people
    disagreed: tuple[AuditPair, ...]  # pairs the person judged otherwise than the judge, in the queue's order

    @property
    def left(self) -> int:
        return self.pairs - self.answered


def audit_figures(audit: Audit, user: Any) -> AuditFigures:
    """Reads all pairs of the sample with everybody's answers."""
    pairs = list(AuditPair.objects.filter(audit=audit))
    of_people: dict[int, dict[int, str]] = {}  # user -> pair -> answer
    names: dict[int, str] = {user.pk: user.get_username()}
    rows = AuditAnswer.objects.filter(pair__audit=audit).select_related("user").order_by("pk")
    for row in rows:
        of_people.setdefault(row.user_id, {})[row.pair_id] = row.answer
        names[row.user_id] = row.user.get_username()
    own = of_people.pop(user.pk, {})
    judged = {pair.pk: "right" if pair.call == "right" else "wrong" for pair in pairs}
    strata = {pair.pk: pair.stratum for pair in pairs}
    everybody = [(user.pk, own), *of_people.items()]
    with_judge = [
        _raters(names[person], "judge", answers, judged, strata, audit.strata)
        for person, answers in everybody
    ]
    among = [
        _raters(names[one], names[other], first, second)
        for (one, first), (other, second) in combinations(everybody, 2)
    ]
    return AuditFigures(
        audit=audit,
        pairs=len(pairs),
        answered=len(own),
        skipped=sum(answer == "skipped" for answer in own.values()),
        with_judge=with_judge[0],
        others=(*with_judge[1:], *(raters for raters in among if raters.found is not None)),
        disagreed=tuple(
            pair
            for pair in pairs
            if own.get(pair.pk, "skipped") != "skipped" and own[pair.pk] != judged[pair.pk]
        ),
    )


def _raters(
    one: str,
    other: str,
    first: dict[int, str],
    second: dict[int, str],
    strata: dict[int, str] | None = None,
    sizes: dict[str, int] | None = None,
) -> Raters:
    both = [
        pair for pair, answer in first.items() if answer in ANSWERS and second.get(pair, "skipped") in ANSWERS
    ]
    table = count_table([(first[pair], second[pair]) for pair in both], ANSWERS)
    whole = None
    weight = weights(sizes or {}, Counter(strata[pair] for pair in both)) if strata else None
    if strata and weight:
        whole = _weighted([(first[pair], second[pair], weight[strata[pair]]) for pair in both])
    return Raters(one, other, table, agreement(table), whole)


def _weighted(calls: Sequence[tuple[str, str, float]]) -> float | None:
    table = [[0.0, 0.0], [0.0, 0.0]]
    for one, other, weight in calls:
        table[ANSWERS.index(one)][ANSWERS.index(other)] += weight
    found = agreement(table)
    return found.kappa if found is not None else None


def judges_agreement(result: RejudgeResult) -> Raters:
    """The judge before and the one now, over every judged pair of the run."""
    table = result.table
    merged = (
        (table[0][0], table[0][1] + table[0][2]),
        (table[1][0] + table[2][0], sum(table[row][column] for row in (1, 2) for column in (1, 2))),
    )
    return Raters("before", "now", merged, agreement(merged))

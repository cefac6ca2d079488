"""How often a document's positions were answered right over the steps of a run: what the atlas is coloured by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webapp.corpora.shading import script_offsets
from webapp.runs.models import RolloutGroup, Run

RUNS_OFFERED = 50
_TORN = "\N{REPLACEMENT CHARACTER}"  # where a stored truth ends inside a character


@dataclass(frozen=True, slots=True)
class PassRates:
    """The groups of one document by rising step; the lists have one entry for each."""

    at: list[int] = field(default_factory=list)  # where its position begins, in units of a script's string
    step: list[int] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)  # mean reward of its rollouts
    elsewhere: int = 0  # groups whose truth does not stand there: the text has changed since the run


def runs_of_corpus(owner: Any, corpus: int, chosen: int | None) -> list[Run]:
    """The owner's next-token runs that asked positions of a corpus, newest first; `chosen` however old it is."""
    asked = Run.objects.owned_by(owner).filter(corpus=corpus, method_kind="rpt", step__gt=0)
    asked = asked.only("name", "step").order_by("-created")
    newest = list(asked[:RUNS_OFFERED])
    missing = chosen is not None and chosen not in {run.pk for run in newest}
    return [*newest, *asked.filter(pk=chosen)] if missing else newest


def pass_rates(run: Run, document: int, text: str) -> PassRates:
    """What a run's groups found in a document. Of a step that a later attempt did again, its groups alone."""
    raw = text.encode()
    units = script_offsets(raw)
    at, steps, groups, rates = [], [], [], []
    elsewhere = 0
    for start, step, group, rate, truth in RolloutGroup.objects.of_run(run).over_steps(document):
        if start >= len(raw) or not raw.startswith(truth.rstrip(_TORN).encode(), start):
            elsewhere += 1
            continue
        at.append(units[start])
        steps.append(step)
        groups.append(group)
        rates.append(round(rate, 4))
    return PassRates(at, steps, groups, rates, elsewhere)

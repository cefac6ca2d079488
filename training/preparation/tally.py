"""Counts what one stage's findings say, and keeps some of them to show."""

from __future__ import annotations

from collections import Counter, defaultdict

from training.contract.preparation_report import SAMPLES_A_RULE, RuleCount, Sample, StageReport
from training.preparation.finding import Finding, StageRun
from training.preparation.samples import make_sample


class Tally:
    """Of one stage."""

    def __init__(self) -> None:
        self.before = self.dropped = self.changed = 0
        self._documents: Counter[str] = Counter()  # by rule
        self._found: Counter[str] = Counter()
        self._samples: defaultdict[str, list[Sample]] = defaultdict(list)

    def add(self, finding: Finding) -> None:
        self.before += 1
        self.dropped += finding.dropped
        self.changed += finding.changed
        for rule in {reason.rule for reason in finding.reasons}:
            self._documents[rule] += 1
        for reason in finding.reasons:
            self._found[reason.rule] += int(reason.facts.get("found", 0))
            if len(self._samples[reason.rule]) < SAMPLES_A_RULE:
                self._samples[reason.rule].append(make_sample(finding, reason))

    def report(self, stage: str, run: StageRun, seconds: float) -> StageReport:
        """The stage's report; rules that did nothing stand in it with 0."""
        return StageReport(
            stage=stage,
            enabled=True,
            before=self.before,
            dropped=self.dropped,
            changed=self.changed,
            after=self.before - self.dropped,
            seconds=round(seconds, 3),
            rules=tuple(
                RuleCount(
                    rule=name.rule,
                    title=name.title,
                    limit=name.limit,
                    documents=self._documents[name.rule],
                    found=self._found[name.rule],
                )
                for name in run.rules
            ),
            sets=tuple(run.sets),
            samples=tuple(one for name in run.rules for one in self._samples[name.rule]),
            notes=tuple(run.notes),
        )

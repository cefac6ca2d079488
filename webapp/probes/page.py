"""What the pages of probes show: rows, chart and the experiments that a result leads to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from training.contract.experiment import ExperimentConfig, dump_yaml, parse_experiment
from training.contract.probe_result import ProbeBand, ProbeBin, ProbedGroup, ProbeResult
from training.contract.probe_words import band_words, bin_words, verdict
from training.contract.prompts_table import PAPER_MODEL, PromptsTable
from webapp.experiments.pass_rates import probe_reference
from webapp.probes.models import Probe
from webapp.probes.projection import LABELS
from webapp.words.sentences import translated

SHOWN_GROUPS = 200
_TAIL = 48  # characters of the context
_VISIBLE = str.maketrans({"\n": "↵", "\t": "⇥", "\r": "␍"})


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A probed position in the list."""

    group: ProbedGroup
    tail: str  # the end of the context, on one line
    truth: str  # the start of the continuation, on one line
    right: int
    outcome: str  # all wrong, mixed or all right
    tone: str


def page_data(probe: Probe) -> dict[str, Any]:
    """Everything the page of a probe draws."""
    result = probe.typed_result
    shown: dict[str, Any] = {
        "probe": probe,
        "config": probe.typed_config,
        "stage": translated(LABELS.get(probe.stage, "")),
        "result": result,
        "same_yaml": dump_yaml(probe.typed_config),
    }
    if isinstance(result, ProbeResult):
        shown |= _groups_data(probe, result)
    elif isinstance(result, PromptsTable):
        shown |= _prompts_data(probe, result)
    return shown


def _groups_data(probe: Probe, result: ProbeResult) -> dict[str, Any]:
    config, band = probe.typed_config, result.band
    narrower = band is not None and (band.low, band.high) != (result.whole.low, result.whole.high)
    rows = sorted((_row(group) for group in result.groups), key=lambda row: row.group.entropy)
    return {
        "verdict": verdict(result),
        "bin_words": bin_words(result),
        "band_words": band_words(result),
        "band_yaml": dump_yaml(with_band(config, band, result.lowest_entropy)) if band and narrower else "",
        "mixed": sum(row.outcome == "mixed" for row in rows),
        "mixed_yaml": dump_yaml(with_pass_rates(config, probe.pk, result.samples)),
        "chart": [_bar(one) for one in result.bins if one.positions],
        "rows": rows[:SHOWN_GROUPS],
        "more_rows": max(0, len(rows) - SHOWN_GROUPS),
    }


def _prompts_data(probe: Probe, table: PromptsTable) -> dict[str, Any]:
    config = probe.typed_config
    return {
        "paper_model": PAPER_MODEL,
        "best": max(table.rows, key=lambda row: row.random_at_1).template
        if any(row.random_at_1 for row in table.rows)
        else "",
        "template_rows": [
            {"row": row, "yaml": dump_yaml(with_template(config, row.template))} for row in table.rows
        ],
    }


def with_band(config: ExperimentConfig, band: ProbeBand, lowest: float) -> ExperimentConfig:
    """The experiment on the positions of the band alone.

    The outer bins may reach beyond what the experiment selects: what lies there was not probed, so the
    band begins and ends where the selection did.
    """
    data = config.model_dump(mode="json")
    threshold, upper = max(band.low, _floor(config, lowest)), band.high
    if config.positions.selection == "band":
        upper = min(upper, config.positions.upper_threshold)
    data["positions"] |= {"selection": "band", "threshold": threshold, "upper_threshold": upper}
    return parse_experiment(data)


def with_pass_rates(config: ExperimentConfig, probe: int, samples: int) -> ExperimentConfig:
    """The experiment on the positions that some but not all of this probe's `samples` rollouts got right."""
    data = config.model_dump(mode="json")
    data["positions"] |= {
        "selection": "pass_rate",
        "pass_rates": probe_reference(probe),
        "lowest_pass_rate": 1 / samples,
        "highest_pass_rate": 1 - 1 / samples,
    }
    return parse_experiment(data)


def _floor(config: ExperimentConfig, lowest: float) -> float:
    """The entropy that the experiment's own selection begins at, nats; `lowest` is that of its positions."""
    if config.positions.selection in {"threshold", "band"}:
        return config.positions.threshold
    if config.positions.selection == "top_share":
        return math.floor(lowest * 100) / 100
    return 0.0


def with_template(config: ExperimentConfig, template: str) -> ExperimentConfig:
    """The experiment with another prompt template."""
    data = config.model_dump(mode="json")
    data["method"]["prompt"] = template
    return parse_experiment(data)


def _bar(one: ProbeBin) -> dict[str, Any]:
    return {
        "label": _("{low} to {high}").format(low=f"{one.low:.1f}", high=f"{one.high:.1f}"),
        "groups": one.groups,
        "all_zero": one.all_zero,
        "mixed": one.mixed,
        "all_one": one.all_one,
    }


def _row(group: ProbedGroup) -> GroupRow:
    right = sum(reward > 0 for reward in group.rewards)
    outcome = gettext_noop("all right") if right else gettext_noop("all wrong")
    if len(set(group.rewards)) > 1:
        outcome = gettext_noop("mixed")
    tail = group.context_tail.translate(_VISIBLE)
    return GroupRow(
        group=group,
        tail=f"…{tail[-_TAIL:]}" if len(tail) > _TAIL else tail,
        truth=group.truth.translate(_VISIBLE),
        right=right,
        outcome=outcome,
        tone="good" if outcome == "mixed" else "",
    )

"""What a probe means, in sentences: the same on the command line and on the page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.contract.probe_result import ProbeBand, ProbeBin, ProbeResult

FEW = 0.1  # share of mixed groups below which a run is slow and noisy
LEARNS_NOTHING = (
    1.0  # groups with a gradient in a step; with fewer, and few of all, most steps change nothing
)
_RARE_BOX = 0.5  # share of answers in a box below which the form is the first thing to mend
_MOST = 0.6  # share of groups that makes a cause the main one


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence and how grave it is."""

    tone: Literal["good", "warn", "bad"]
    words: str
    remedy: str  # "" when nothing needs to be done


def span(low: float, high: float) -> str:
    """`1.0 to 2.0 nats`."""
    return f"{low:.1f} to {high:.1f} nats"


def percent(share: float) -> str:
    """A share in words of whole percents; small ones keep a digit."""
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"


def verdict(result: ProbeResult) -> Verdict:
    """Whether GRPO would have something to learn from the positions as they are selected now."""
    whole = result.whole
    counted = (
        f"{percent(whole.expected_mixed)} of the groups would be mixed: about {whole.effective_groups:.1f} of "
        f"the {result.contexts_per_step} groups of a step would have a gradient."
    )
    if whole.expected_mixed < FEW and whole.effective_groups < LEARNS_NOTHING:
        return Verdict("bad", f"GRPO would learn next to nothing here. {counted}", remedy(result))
    if whole.expected_mixed < FEW:
        return Verdict("warn", f"GRPO would learn slowly here. {counted}", remedy(result))
    return Verdict("good", f"There is something to learn here. {counted}", "")


def remedy(result: ProbeResult) -> str:
    """What to change first when too few groups are mixed."""
    if result.boxed < _RARE_BOX:
        held = f"Only {percent(result.boxed)} of the responses hold" if result.boxed else "No response holds"
        return (
            f"{held} an answer in a box: add cold-start steps, or choose a template that the model follows."
        )
    if result.truncated > _RARE_BOX:
        return (
            f"{percent(result.truncated)} of the responses were cut off: raise sampling.max_response_tokens."
        )
    if result.all_one > _MOST:
        return "Most groups are all right: raise the entropy threshold, so that harder positions are left."
    if result.all_zero > _MOST:
        return (
            "Most groups are all wrong: take easier positions (a lower threshold or an upper one), "
            "or more rollouts a group."
        )
    return "More rollouts a group make mixed groups likelier."


def bin_words(result: ProbeResult) -> str:
    """`Groups at 1.0 to 1.5 nats: 41 % mixed; 0.5 to 1.0: 12 %.`: the probed bins, best first."""
    probed = sorted(
        (one for one in result.bins if one.expected_mixed is not None),
        key=lambda one: (-_share(one), one.low),
    )
    first, *others = probed
    parts = [f"Groups at {span(first.low, first.high)}: {percent(_share(first))} mixed"]
    parts += [f"{one.low:.1f} to {one.high:.1f}: {percent(_share(one))}" for one in others]
    return "; ".join(parts) + "."


def band_words(result: ProbeResult) -> str:
    """The recommended band against the whole selection."""
    band = result.band
    if band is None:
        return (
            f"No band is recommended: none holds {result.minimum_positions:,} positions and enough probed "
            "groups. Probe more positions."
        )
    if not band.expected_mixed:
        return "No probed group was mixed, at whatever entropy: other positions alone would not help."
    if (band.low, band.high) == (result.whole.low, result.whole.high):
        return "No narrower band has a higher share of mixed groups: keep the selection as it is."
    return (
        f"{span(band.low, band.high)} has the highest share of mixed groups: {percent(band.expected_mixed)}, "
        f"about {_groups(band)} of {result.contexts_per_step} groups a step, from {band.positions:,} "
        f"positions. The selection as it is: {percent(result.whole.expected_mixed)}, "
        f"about {_groups(result.whole)}."
    )


def _groups(band: ProbeBand) -> str:
    return f"{band.effective_groups:.1f}"


def _share(one: ProbeBin) -> float:
    return one.expected_mixed or 0.0

"""What becomes of the sampled groups of a step before their advantages: settled, counted, kept or dropped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.contract.errors import ForesightError
from training.rewards.conditional_dense import any_right


@dataclass(frozen=True, slots=True)
class SampledGroup:
    """The rewards of one finished group."""

    uid: str  # verl's name of the prompt
    row: int  # of the dataset: the order positions are consumed in
    rewards: tuple[float, ...]
    reasons: tuple[str, ...]  # records.Reason, one per rollout

    @property
    def effective(self) -> bool:
        """Whether the rewards differ, so that the group gives a gradient."""
        return len(set(self.rewards)) > 1


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """The groups that were sampled for a step, dropped ones among them."""

    generated: int
    effective: int  # rewards not all equal
    all_zero: int
    all_one: int
    used: int  # went into the update


@dataclass(frozen=True, slots=True)
class DynamicSampling:
    """From `first_step` on, groups whose rewards are all equal are replaced (METHODS A6)."""

    first_step: int
    max_batches: int  # generation batches a step may take


def settled(group: SampledGroup, *, conditional: bool) -> SampledGroup:
    """The group under a reward that looks at the whole of it: nothing is earned where nothing is right."""
    if not conditional or any_right(group.reasons):
        return group
    return SampledGroup(group.uid, group.row, tuple(0.0 for _ in group.rewards), group.reasons)


def count(groups: Sequence[SampledGroup], used: int) -> GroupCounts:
    """Count a step's groups by what their rewards are; `used` of them go into the update."""
    return GroupCounts(
        generated=len(groups),
        effective=sum(group.effective for group in groups),
        all_zero=sum(set(group.rewards) == {0.0} for group in groups),
        all_one=sum(set(group.rewards) == {1.0} for group in groups),
        used=used,
    )


def pick(groups: Sequence[SampledGroup], size: int) -> list[SampledGroup]:
    """The first `size` groups with a gradient, in the order of their positions; fewer where there are fewer.

    Groups finish in any order: without a fixed one a resumed run would train on others.
    """
    return sorted((group for group in groups if group.effective), key=lambda group: group.row)[:size]


def at_the_cap(counts: GroupCounts, batches: int, size: int) -> ForesightError:
    """The error of a step that cannot be filled."""
    return ForesightError(
        f"Dynamic sampling found no full batch: of the {counts.generated} groups of {batches} generation "
        f"batches {counts.effective} ({counts.effective / counts.generated:.1%}) have rewards that differ, and "
        f"the step needs {size}; {counts.all_zero} are all wrong, {counts.all_one} all right.",
        field="optimisation.max_generation_batches",
        remedy="Select positions with more mixed groups (a probe recommends a band), raise the group size or this "
        "cap, or start later with optimisation.dynamic_sampling_from (0 never does).",
    )

"""What a probe of the start weights found: probe.json, written by `python -m training probe`.

A probe draws k rollouts at n of the selected positions before anything is trained, and counts the
groups that GRPO could learn from: a group whose rewards are all equal has no gradient.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

PROBE_FILE = "probe.json"
BIN_WIDTH = 0.5  # nats


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class ProbedGroup(_Record):
    """One position and what its rollouts earned."""

    document: int  # Document.index
    document_name: str
    token_index: int
    byte_start: int  # of the target in the document's UTF-8 bytes
    byte_end: int
    entropy: float  # nats, of the scan
    context_tail: str  # the last characters of the context
    truth: str  # the start of the true continuation
    rewards: tuple[float, ...]  # one per rollout
    boxed: int  # rollouts with a non-empty answer in a box
    truncated: int  # rollouts stopped by the token limit

    @property
    def pass_rate(self) -> float:
        """Share of the rollouts that earned something."""
        return sum(reward > 0 for reward in self.rewards) / len(self.rewards)


class ProbeBin(_Record):
    """The probed groups whose entropy lies in [low, high)."""

    low: float  # nats
    high: float  # nats, exclusive
    positions: int  # selected positions in this bin, probed or not
    groups: int  # probed
    all_zero: int  # groups whose rewards are all 0
    mixed: int  # groups whose rewards differ
    all_one: int  # groups whose rewards are all equal and above 0
    reward: float | None  # mean over the rollouts; None: nothing probed
    expected_mixed: (
        float | None
    )  # chance that a group of the experiment's size is mixed; None: nothing probed
    interval: tuple[float, float] | None  # 95 % of `expected_mixed`, Wilson, over the probed groups


class ProbeBand(_Record):
    """Neighbouring bins taken together."""

    low: float  # nats
    high: float  # nats, exclusive
    positions: int  # selected positions in it
    groups: int  # probed in it
    expected_mixed: float  # of its bins, weighted with their positions
    effective_groups: float  # expected groups with a gradient in one step of the experiment


class ProbeResult(_Record):
    """A whole probe."""

    model: str
    template: str
    reward: str  # the rule the rollouts were judged by
    cold_start_steps: int  # 0: the weights as they are
    samples: int  # rollouts of a group, k
    group_size: int  # of the experiment, G
    contexts_per_step: int
    selected: int  # positions the experiment would train on
    lowest_entropy: float  # of them, nats
    minimum_positions: int  # a recommended band holds at least so many
    whole: ProbeBand  # everything that is selected now
    band: ProbeBand | None  # the recommended one; None: too little was probed to recommend any
    bins: tuple[ProbeBin, ...]  # from the lowest entropy on, without gaps
    groups: tuple[ProbedGroup, ...]  # by document and byte
    boxed: float  # share of rollouts with a non-empty answer in a box
    truncated: float  # share of rollouts stopped by the token limit
    response_tokens: float  # mean length of a response
    seconds: float  # of the sampling
    notes: tuple[str, ...]  # sentences on how it was measured

    @property
    def all_zero(self) -> float:
        """Share of the probed groups in which every rollout earned 0."""
        return sum(one.all_zero for one in self.bins) / len(self.groups)

    @property
    def all_one(self) -> float:
        """Share of the probed groups in which every rollout earned the same, above 0."""
        return sum(one.all_one for one in self.bins) / len(self.groups)

    @property
    def reward_mean(self) -> float:
        """Mean reward over all probed rollouts."""
        rewards = [reward for group in self.groups for reward in group.rewards]
        return sum(rewards) / len(rewards)


def read_probe(path: Path) -> ProbeResult:
    """Read a probe.json. Raises FileNotFoundError, or ValueError for another file."""
    return ProbeResult.model_validate_json(path.read_bytes())

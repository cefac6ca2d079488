"""What the policy is asked and rewarded for, and how it is taught to answer at all."""

from __future__ import annotations

from typing import Literal

from training.contract.settings.base import Section, setting

PromptName = Literal["v0", "v1", "v2", "v3", "v4", "v5", "v6", "short"]


class RptConfig(Section):
    """Next-token reasoning (RPT)"""

    kind: Literal["rpt"] = setting("rpt", title="Method", help="Next-token reasoning, arXiv 2506.08007.")
    prompt: PromptName = setting(
        "v0",
        title="Prompt template",
        help="v0 to v6 are the paper's (v0 trains); `short` is for models too small to follow them.",
        paper="RPT Table 10",
    )
    prefill_think: bool = setting(
        True,
        advanced=True,
        title="Open the thought",
        help="End the prompt with <think>, so that a response begins inside the thought.",
    )
    reward: Literal["prefix"] = setting(
        "prefix",
        help="prefix: 1 if the prediction's bytes are a prefix of the truth and end on a token boundary.",
        paper="RPT Eq. 3",
    )
    horizon: int = setting(
        16,
        ge=1,
        le=256,
        unit="tokens",
        advanced=True,
        title="Truth horizon",
        help="How many of the following tokens a prediction may match.",
    )


class ColdStartConfig(Section):
    """Cold start"""

    steps: int = setting(
        0,
        ge=0,
        unit="steps",
        help="Supervised steps on self-made examples of the answer format before GRPO; 0 for none. "
        "A small model never writes a box on its own, and GRPO has nothing to learn from a constant reward.",
    )
    batch_size: int = setting(16, ge=1, unit="examples", help="Examples in one cold-start step.")
    learning_rate: float = setting(5e-5, gt=0, le=1, help="Peak rate of the cold start, cosine to 10 %.")

"""What the policy is asked and rewarded for, and how it is taught to answer at all."""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationInfo, field_validator

from training.contract.settings.base import Section, setting

PromptName = Literal["v0", "v1", "v2", "v3", "v4", "v5", "v6", "short", "custom"]
PROMPT_PLACEHOLDER = "{prompt_content}"
"""Takes the context in a prompt template."""


class RptConfig(Section):
    """Next-token reasoning (RPT)"""

    kind: Literal["rpt"] = setting("rpt", title="Method", help="Next-token reasoning, arXiv 2506.08007.")
    prompt: PromptName = setting(
        "v0",
        title="Prompt template",
        help="v0 to v6 are the paper's (v0 trains); `short` is for models too small to follow them; "
        "`custom` is your own text below.",
        paper="RPT Table 10",
    )
    custom_prompt: str = setting(
        "",
        max_length=20_000,
        multiline=True,
        advanced=True,
        validate_default=True,
        title="Your own template",
        help="Only used with the template `custom`: text with one `{prompt_content}`, which takes the context. "
        "Everything else is kept as it is typed; ask for the answer in `\\boxed{}`.",
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

    @field_validator("custom_prompt")
    @classmethod
    def _takes_the_context(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("prompt") != "custom":
            return value
        found = value.count(PROMPT_PLACEHOLDER)
        if not value.strip():
            raise ValueError(
                f"The template `custom` needs a text. Write one that holds {PROMPT_PLACEHOLDER} once, or choose "
                "another template."
            )
        if found != 1:
            said = "does not hold" if found == 0 else f"holds {found} times"
            raise ValueError(
                f"Your template {said} {PROMPT_PLACEHOLDER}, where the context goes. Write it exactly once."
            )
        return value


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

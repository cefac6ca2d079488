"""Next-token reasoning (RPT), its supervised control, and how a policy is taught to answer at all."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ValidationInfo, field_validator, model_validator

from training.contract.settings.base import Section, setting

PromptName = Literal["v0", "v1", "v2", "v3", "v4", "v5", "v6", "short", "custom"]
PROMPT_PLACEHOLDER = "{prompt_content}"
"""Takes the context in a prompt template."""
PREFILL_THINK: Any = setting(
    True,
    advanced=True,
    title="Open the thought",
    help="End the prompt with <think>, so that a response begins inside the thought.",
)
"""The same setting of every method that samples."""


class RptConfig(Section):
    """Next-token reasoning (RPT)"""

    kind: Literal["rpt"] = setting(
        "rpt",
        title="Method",
        help="rpt: next-token reasoning, arXiv 2506.08007. rlpt: next-segment reasoning, arXiv 2509.19249. rlvr: "
        "problems with answers that can be checked. sft: conversations, supervised. ntp: supervised next-token "
        "training on the same documents, the control that an RPT run is compared with.",
    )
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
    prefill_think: bool = PREFILL_THINK
    reward: Literal["prefix", "first_token", "dense", "conditional_dense"] = setting(
        "prefix",
        help="prefix: 1 if the prediction's bytes are a prefix of the truth and end on a token boundary. "
        "first_token: 1 if its first token, tokenised in context, is the next one. dense: as prefix, but a wrong "
        "prediction earns the policy's own probability of its first token at the plain context. "
        "conditional_dense: as dense where some rollout of the group is right, else 0.",
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


class NtpConfig(Section):
    """Supervised control (next-token training)"""

    kind: Literal["ntp"] = setting("ntp", title="Method", help="Supervised next-token training.")
    tokens_per_step: int = setting(
        0,
        ge=0,
        unit="tokens",
        help="Document tokens of one step. 0 takes as many as cost what a step of the reference run costs: "
        "6 N T here against 2 N T_rollout + 6 N T_train there.",
        paper="METHODS D",
    )
    reference: str = setting(
        "",
        title="Reference run",
        help="The folder of the RPT run whose compute is matched and whose positions are measured. Empty: "
        "the positions are chosen as for a run of its own.",
    )
    sequence_tokens: int = setting(
        256,
        ge=8,
        le=131_072,
        unit="tokens",
        help="Documents are laid end to end and cut into sequences of this length.",
    )

    @model_validator(mode="after")
    def _knows_its_size(self) -> Self:
        if not self.tokens_per_step and not self.reference:
            raise ValueError(
                "tokens_per_step (0) matches a reference run, and method.reference names none. Give a number "
                "of tokens, or launch the control from the page of an RPT run."
            )
        return self


class ColdStartConfig(Section):
    """Cold start"""

    steps: int = setting(
        0,
        ge=0,
        unit="steps",
        help="Supervised steps on self-made examples of the answer format before GRPO; 0 for none. "
        "A small model never writes a box on its own, and GRPO has nothing to learn from a constant reward.",
    )
    conversations: str = setting(
        "",
        help="A corpus of conversations (rows with `messages`) to learn from instead of self-made examples. Those "
        "that are longer than a prompt and a response together are left out and counted.",
        advanced=True,
    )
    batch_size: int = setting(16, ge=1, unit="examples", help="Examples in one cold-start step.")
    learning_rate: float = setting(5e-5, gt=0, le=1, help="Peak rate of the cold start, cosine to 10 %.")

    @model_validator(mode="after")
    def _conversations_have_steps(self) -> Self:
        if self.conversations and not self.steps:
            raise ValueError(
                "conversations are chosen, and steps (0) makes no cold start. Set steps, or clear them."
            )
        return self

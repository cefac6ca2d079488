"""Two methods on rows of fields: verifiable rewards (RLVR) and instruction tuning (SFT)."""

from __future__ import annotations

from typing import Literal

from training.contract.settings.base import Section, setting
from training.contract.settings.method import PREFILL_THINK


class RlvrConfig(Section):
    """Verifiable rewards (RLVR)"""

    kind: Literal["rlvr"] = setting(
        "rlvr", title="Method", help="Problems whose answers are checked by Math-Verify."
    )
    problem_field: str = setting(
        "problem", min_length=1, help="The field of a row that holds the problem's text."
    )
    answer_field: str = setting(
        "answer", min_length=1, help="The field that holds the right answer, as LaTeX or plain text."
    )
    instruction: Literal["boxed", "short"] = setting(
        "boxed",
        title="Problem prompt",
        help="boxed: reason step by step and put the final answer in a box; short: for models too small to follow it.",
    )
    prefill_think: bool = PREFILL_THINK
    filter_samples: int = setting(
        0,
        ge=0,
        le=256,
        unit="responses",
        title="Difficulty filter",
        help="Responses to each problem before training; problems that are always or never solved are left out. "
        "0 keeps all.",
        paper="RPT 4.3; METHODS A8",
    )


class SftConfig(Section):
    """Instruction tuning (SFT)"""

    kind: Literal["sft"] = setting(
        "sft",
        title="Method",
        help="Supervised training on conversations: the cold start of RLPT as a run of its own.",
    )
    messages_field: str = setting(
        "messages",
        min_length=1,
        help="The field of a row that holds the conversation: a list of {role, content}.",
    )
    prompt_field: str = setting(
        "prompt",
        min_length=1,
        advanced=True,
        help="In rows without messages: the field whose text is the user's.",
    )
    response_field: str = setting(
        "response",
        min_length=1,
        advanced=True,
        help="In rows without messages: the field whose text answers it, and is learnt.",
    )
    epochs: int = setting(
        3,
        ge=0,
        le=1000,
        unit="epochs",
        help="Times the conversations are gone through; takes the place of the number of steps. 0 goes by steps.",
        paper="RLPT 4.1; METHODS B2",
    )
    max_tokens: int = setting(
        4096,
        ge=16,
        le=1_048_576,
        unit="tokens",
        title="Longest conversation",
        help="Longer conversations are left out and counted, never cut.",
    )

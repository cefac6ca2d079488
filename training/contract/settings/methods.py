"""The methods of an experiment: one of them by its `kind`, and which settings each of them uses."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from training.contract.settings.answers import RlvrConfig, SftConfig
from training.contract.settings.base import Section
from training.contract.settings.method import NtpConfig, RptConfig
from training.contract.settings.segments import RlptConfig

METHODS: dict[str, type[Section]] = {
    "rpt": RptConfig,
    "rlpt": RlptConfig,
    "rlvr": RlvrConfig,
    "sft": SftConfig,
    "ntp": NtpConfig,
}
METHOD_KINDS = tuple(METHODS)
GRPO_KINDS = ("rpt", "rlpt", "rlvr")
"""Methods that sample groups and reward them."""
SUPERVISED_KINDS = ("sft", "ntp")


def method_kind(value: object) -> str:
    """Which method plain data or a section is of; `rpt` where nothing says."""
    return str(value.get("kind", "rpt") if isinstance(value, dict) else getattr(value, "kind", "rpt"))


MethodConfig = Annotated[
    Annotated[RptConfig, Tag("rpt")]
    | Annotated[RlptConfig, Tag("rlpt")]
    | Annotated[RlvrConfig, Tag("rlvr")]
    | Annotated[SftConfig, Tag("sft")]
    | Annotated[NtpConfig, Tag("ntp")],
    Discriminator(
        method_kind,
        custom_error_type="method_kind",
        custom_error_message=f"Choose one of: {', '.join(METHOD_KINDS)}.",
    ),
]

_SECTIONS: dict[str, tuple[str, ...]] = {
    "positions": ("rpt", "ntp"),
    "segments": ("rlpt",),
    "judge": ("rlpt",),
    "cold_start": GRPO_KINDS,
    "sampling": GRPO_KINDS,
    "optimisation": GRPO_KINDS,
    "evaluation": GRPO_KINDS,
    "resources": GRPO_KINDS,
}
"""Sections that only some methods use."""
_SETTINGS: dict[str, tuple[str, ...]] = {
    "data.text_field": ("rpt", "rlpt", "ntp"),
    "data.join_fields": ("rpt", "rlpt", "ntp"),
    "data.template": ("rpt", "rlpt", "ntp"),
    "evaluation.every": (*GRPO_KINDS, "sft"),
    "evaluation.reference": ("rpt",),
    "evaluation.baselines": ("rpt",),
    **{
        f"optimisation.{name}": (*GRPO_KINDS, *SUPERVISED_KINDS)
        for name in (
            "steps",
            "contexts_per_step",
            "learning_rate",
            "weight_decay",
            "adam_beta1",
            "adam_beta2",
            "gradient_clip",
        )
    },
    **{
        f"optimisation.{name}": (*GRPO_KINDS, "sft")
        for name in ("schedule", "warmup_steps", "min_rate_share")
    },
    **{
        f"resources.{name}": (*GRPO_KINDS, *SUPERVISED_KINDS)
        for name in ("device", "threads", "micro_batch_rollouts")
    },
    **{f"resources.{name}": (*GRPO_KINDS, "sft") for name in ("precision", "gradient_checkpointing")},
}
"""Single settings that other methods use than their section."""


def methods_of(name: str, section: str) -> tuple[str, ...]:
    """The methods that use a setting, by its dotted name and its section; () for all of them."""
    return _SETTINGS.get(name, _SECTIONS.get(section, ()))

"""Which text, which model, and which positions of the text."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import field_validator, model_validator

from training.contract.model_names import check_model_name
from training.contract.settings.base import Section, setting


class DataConfig(Section):
    """Documents"""

    corpus: str = setting(
        "sample",
        min_length=1,
        help="A txt, md or jsonl file, or `sample`: the Python language reference that is on every machine.",
    )
    text_field: str = setting("text", help="The jsonl field that holds the document's text.", advanced=True)
    join_fields: tuple[str, ...] = setting(
        (),
        help="Several jsonl fields joined by a blank line into one document, as `problem, solution`. "
        "Takes the place of the text field.",
        advanced=True,
    )
    max_documents: int = setting(
        0, ge=0, unit="documents", help="Use only the first documents of the corpus; 0 uses all."
    )
    held_out_documents: int = setting(
        0,
        ge=0,
        unit="documents",
        help="Documents kept out of training, drawn with the experiment's seed. RPT holds out 200.",
        paper="RPT 4.1",
    )


class ModelConfig(Section):
    """Model"""

    name: str = setting(
        "smollm2-135m-instruct",
        min_length=1,
        help="The policy: a catalogue name, a Hugging Face id (`org/name`) or a folder under the models root.",
    )

    @field_validator("name")
    @classmethod
    def _name_is_safe(cls, value: str) -> str:
        return check_model_name(value)


class PositionsConfig(Section):
    """Positions"""

    proxy: str = setting(
        "",
        title="Proxy model",
        help="The model whose uncertainty picks the positions; empty takes the policy itself.",
    )
    entropy: Literal["renormalised", "raw", "full"] = setting(
        "renormalised",
        title="Entropy estimator",
        help="renormalised: over the top-k tokens scaled to sum to 1; raw: the top-k tokens as they are; "
        "full: the whole vocabulary.",
        paper="RPT 3.2; METHODS A2",
    )
    top_k: int = setting(
        16,
        ge=2,
        le=64,
        unit="tokens",
        advanced=True,
        help="How many likely tokens the entropy is taken over.",
    )
    selection: Literal["threshold", "band", "top_share", "random"] = setting(
        "threshold",
        help="threshold: entropy of at least the threshold; band: from the threshold to below the upper one; "
        "top_share: the share with the highest entropy; random: a share drawn with the seed, whatever the "
        "entropy. High entropy alone can pick noise on raw web text.",
        paper="RPT 3.2; METHODS A2",
    )
    threshold: float = setting(
        0.5,
        ge=0.0,
        le=20.0,
        unit="nats",
        title="Entropy threshold",
        help="Positions with at least this entropy are kept. The top-16 estimator goes up to ln 16 = 2.77. "
        "Used by the selections threshold and band.",
    )
    upper_threshold: float = setting(
        2.0,
        ge=0.0,
        le=20.0,
        unit="nats",
        help="Positions below this entropy are kept. Used by the selection band alone.",
    )
    share: float = setting(
        0.2,
        gt=0.0,
        le=1.0,
        title="Share of positions",
        help="Which part of the usable positions is kept. Used by the selections top_share and random.",
    )
    min_context: int = setting(
        16,
        ge=1,
        unit="tokens",
        help="Positions with less context than this are dropped: their entropy is falsely high.",
    )
    max_context: int = setting(
        64,
        ge=8,
        unit="tokens",
        help="Longest context shown to the policy; longer ones are cut from the left.",
    )
    window: int = setting(
        1024,
        ge=64,
        unit="tokens",
        advanced=True,
        help="Scoring window of the proxy model. Documents longer than this are scored in windows that overlap.",
    )
    window_overlap: int = setting(
        256,
        ge=0,
        unit="tokens",
        advanced=True,
        help="Context that a window after the first starts with, so that its first scored token has one.",
    )

    @field_validator("proxy")
    @classmethod
    def _proxy_is_safe(cls, value: str) -> str:
        return check_model_name(value) if value else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_context > self.max_context:
            raise ValueError(
                f"min_context ({self.min_context}) is larger than max_context ({self.max_context}): "
                "no position can have that much context. Lower min_context."
            )
        if self.selection == "band" and self.upper_threshold <= self.threshold:
            raise ValueError(
                f"upper_threshold ({self.upper_threshold:g}) must be above threshold ({self.threshold:g}): "
                "the band is empty. Raise upper_threshold."
            )
        if self.window_overlap >= self.window:
            raise ValueError(
                f"window_overlap ({self.window_overlap}) must be smaller than window ({self.window})."
            )
        return self

"""Which text, which model, and which positions of the text."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import field_validator, model_validator

from training.contract.model_names import check_model_name
from training.contract.settings.base import Section, setting

PLACEHOLDER = r"\{([^{}\n]+)\}"
"""A field's name in a text template."""


class SourceConfig(Section):
    """Text"""

    corpus: str = setting(
        "sample",
        min_length=1,
        help="A txt, md, jsonl, csv or parquet file (all but the last also as .gz or .zst); `hf:org/name` or "
        "`hf:org/name:split` for a dataset of the Hugging Face hub; `sample`: the Python language reference that is "
        "on every machine; or `arithmetic`: problems with answers of the project's own.",
    )
    text_field: str = setting(
        "text", help="The field of a jsonl, csv or parquet row that holds the document's text.", advanced=True
    )
    join_fields: tuple[str, ...] = setting(
        (),
        help="Several fields joined by a blank line into one document, as `problem, solution`. "
        "Takes the place of the text field.",
        advanced=True,
    )
    template: str = setting(
        "",
        title="Text template",
        help="How the fields of a row make one document: each field's name in braces, as "
        "`Problem: {problem} Solution: {solution}`; the rest stands as it is. Takes the place of the other two.",
        advanced=True,
    )
    max_unpacked_mb: int = setting(
        1024,
        ge=1,
        le=1_000_000,
        unit="MB",
        advanced=True,
        title="Most text",
        help="A corpus that unpacks to more is refused while it is read: a packed file of a few kilobytes can "
        "hold terabytes.",
    )
    max_document_mb: int = setting(
        64,
        ge=1,
        le=1024,
        unit="MB",
        advanced=True,
        title="Longest document",
        help="A longer document, line or field is refused as soon as so much of it is read.",
    )
    max_documents: int = setting(
        0, ge=0, unit="documents", help="Use only the first documents of the corpus; 0 uses all."
    )

    @field_validator("template")
    @classmethod
    def _template_names_a_field(cls, value: str) -> str:
        if value and not re.search(PLACEHOLDER, value):
            raise ValueError("The template names no field. Write a field's name in braces, as {problem}.")
        return value


class DataConfig(SourceConfig):
    """Documents"""

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

    start_from: str = setting(
        "",
        title="Start from",
        help="A checkpoint of an earlier run whose weights this one begins with, by its folder "
        "(`<run>/checkpoints/step_000015`); empty begins with the model's own. The model named above must be "
        "the one that run began with, and still scores the positions unless a proxy is named.",
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
    selection: Literal["threshold", "band", "top_share", "random", "pass_rate"] = setting(
        "threshold",
        help="threshold: entropy of at least the threshold; band: from the threshold to below the upper one; "
        "top_share: the share with the highest entropy; random: a share drawn with the seed, whatever the "
        "entropy; pass_rate: those a probe found neither too easy nor too hard. High entropy alone can pick "
        "noise on raw web text.",
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
    pass_rates: str = setting(
        "",
        title="Measured pass rates",
        help="The probe.json of a probe of the same text; only the positions it measured can be kept. "
        "Used by the selection pass_rate alone.",
    )
    lowest_pass_rate: float = setting(
        0.1,
        ge=0.0,
        le=1.0,
        advanced=True,
        help="Positions are kept whose share of right rollouts is at least this. Used by the selection pass_rate.",
    )
    highest_pass_rate: float = setting(
        0.9,
        ge=0.0,
        le=1.0,
        advanced=True,
        help="Positions are kept whose share of right rollouts is at most this. Used by the selection pass_rate.",
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
        if self.selection == "pass_rate" and not self.pass_rates:
            raise ValueError("pass_rates names no probe, and the selection pass_rate needs one.")
        if self.lowest_pass_rate > self.highest_pass_rate:
            raise ValueError(
                f"lowest_pass_rate ({self.lowest_pass_rate:g}) is above highest_pass_rate "
                f"({self.highest_pass_rate:g}): no position can be kept."
            )
        if self.window_overlap >= self.window:
            raise ValueError(
                f"window_overlap ({self.window_overlap}) must be smaller than window ({self.window})."
            )
        return self

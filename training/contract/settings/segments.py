"""Next-segment reasoning (RLPT): the method, how text is cut into segments, and who judges predictions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import field_validator, model_validator

from training.contract.model_names import check_model_name
from training.contract.settings.base import Section, setting
from training.contract.settings.method import PREFILL_THINK

_KEY_ENDING = "API_KEY"


class RlptConfig(Section):
    """Next-segment reasoning (RLPT)"""

    kind: Literal["rlpt"] = setting("rlpt", title="Method", help="Next-segment reasoning, arXiv 2509.19249.")
    template: Literal["paper", "short"] = setting(
        "paper",
        title="Task prompts",
        help="paper: the two prompts of RLPT, word for word; short: for models too small to follow them.",
        paper="RLPT 3.2; METHODS B4",
    )
    prefill_think: bool = PREFILL_THINK
    rule: Literal["prefix", "strict"] = setting(
        "prefix",
        title="Reward rule",
        help="prefix: 1 if the prediction says what a beginning of the following segments says, one or several of "
        "them. strict: 1 if it says the same as the next segment alone.",
        paper="RLPT 3.2; METHODS B5",
    )
    reference_segments: int = setting(
        3,
        ge=1,
        le=32,
        unit="segments",
        help="Following segments that the judge is shown under the prefix rule, the target first.",
        paper="METHODS B5",
    )
    minimum_coverage: float = setting(
        0.5,
        ge=0,
        le=1,
        help="A prediction shorter than this share of the target segment, in words, earns nothing and is not "
        "judged: a bare opening word would be a valid prefix of nearly everything.",
        paper="METHODS B5",
    )
    asr_share: float = setting(
        0.5,
        ge=0,
        le=1,
        title="Share of ASR tasks",
        help="Autoregressive tasks (what comes next) among all; the others are middle ones, which also show what "
        "comes after the gap.",
        paper="RLPT 3.2; METHODS B6",
    )
    msr_weight: float = setting(
        0.5,
        ge=0,
        le=1,
        title="Weight of MSR, lambda",
        help="Weight of the middle tasks in the loss: J = E_ASR[r] + lambda E_MSR[r]. At 0 they give no gradient.",
        paper="RLPT Eq. 4; METHODS B6",
    )


class SegmentsConfig(Section):
    """Segments"""

    splitter: Literal["sentences", "atomic_steps"] = setting(
        "sentences",
        help="sentences: NLTK's, with formulas, abbreviations, decimals and Chinese protected. atomic_steps: a "
        "model marks where a step of the reasoning ends.",
        paper="RLPT 3.2; METHODS B3",
    )
    splitter_model: str = setting(
        "",
        advanced=True,
        help="The model that marks atomic steps: a name as for the policy, or the name at the judge's endpoint. "
        "Only used with the splitter atomic_steps; empty takes the policy.",
    )
    min_characters: int = setting(
        12,
        ge=1,
        le=10_000,
        unit="characters",
        title="Shortest target",
        help="Shorter segments are never predicted; they stay in the text as context and reference.",
        paper="METHODS B3",
    )
    max_characters: int = setting(
        1200,
        ge=1,
        le=1_000_000,
        unit="characters",
        title="Longest target",
        help="Longer segments are never predicted.",
        advanced=True,
    )
    max_context: int = setting(
        2048,
        ge=8,
        unit="tokens",
        title="Longest segment context",
        help="Text before the target that the policy sees; longer text is cut from the left, where a segment begins.",
    )
    boundaries: str = setting(
        "",
        title="Adjusted boundaries",
        help="A file of boundaries set by a person, from the corpus' segments page; other documents are split anew.",
        advanced=True,
    )

    @field_validator("splitter_model")
    @classmethod
    def _splitter_is_safe(cls, value: str) -> str:
        return check_model_name(value) if value else value

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.max_characters < self.min_characters:
            raise ValueError(
                f"max_characters ({self.max_characters}) is below min_characters ({self.min_characters}): no "
                "segment could be a target. Raise max_characters."
            )
        return self


class JudgeConfig(Section):
    """Judge"""

    kind: Literal["local", "endpoint", "deterministic_for_tests"] = setting(
        "local",
        title="Judge",
        help="The generative reward model. endpoint: any OpenAI-compatible server, as vLLM's; local: a model on this "
        "machine; deterministic_for_tests: word overlap, no judge at all, for trying things out.",
        paper="RLPT 3.2; METHODS B5",
    )
    model: str = setting(
        "",
        title="Judge model",
        help="The model's name at the endpoint, or a local one as for the policy. Empty takes the policy's own start "
        "weights, frozen.",
    )
    url: str = setting(
        "",
        title="Judge address",
        help="The endpoint's address up to /v1, as http://judge.example:8000/v1. Only used with an endpoint.",
    )
    key_variable: str = setting(
        "",
        title="Variable of the key",
        help="The environment variable of the worker that holds the endpoint's key, its name ending in `API_KEY`; "
        "a key itself is never a setting.",
        advanced=True,
    )
    temperature: float = setting(
        0.0, ge=0, le=2, advanced=True, title="Judge temperature", help="0 takes the most likely token."
    )
    max_reply_tokens: int = setting(
        16,
        ge=1,
        le=8192,
        unit="tokens",
        advanced=True,
        help="Room for the verdict; a judge that thinks first needs more.",
    )
    max_concurrent: int = setting(
        32,
        ge=1,
        le=4096,
        unit="requests",
        advanced=True,
        help="Requests under way at once, and pairs a local judge reads together.",
    )
    requests_per_minute: int = setting(
        0, ge=0, unit="requests", advanced=True, help="At most so many a minute; 0 for no limit."
    )
    timeout_seconds: float = setting(
        60.0, gt=0, le=3600, unit="s", advanced=True, help="After so long a request counts as failed."
    )
    retries: int = setting(
        5,
        ge=0,
        le=100,
        unit="retries",
        advanced=True,
        help="A request that failed is made again after 1, 2, 4 ... 30 s, so many times; then the run stops with an "
        "error and can be resumed.",
    )

    @field_validator("key_variable")
    @classmethod
    def _is_a_keys_variable(cls, value: str) -> str:
        # Whoever sets it also sets where it is sent: no other variable of the worker may leave.
        if value and not (value.replace("_", "").isalnum() and value.endswith(_KEY_ENDING)):
            raise ValueError(
                f"Give the name of an environment variable that ends in {_KEY_ENDING}, never the key itself."
            )
        return value

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, value: str) -> str:
        if "@" in value.partition("://")[2].partition("/")[0]:
            raise ValueError("An address holds no name and no password. Use key_variable.")
        return value

    @model_validator(mode="after")
    def _endpoint_has_an_address(self) -> Self:
        if self.kind == "endpoint" and not (self.url.startswith(("http://", "https://")) and self.model):
            raise ValueError(
                "An endpoint needs url (http:// or https://) and model, the name the server knows it by."
            )
        return self

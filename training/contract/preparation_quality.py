"""The settings of preparing a corpus that are about quality: rules, and a model's judgement.

Where a paper's value would drop sound mathematics the default is another, and the help names the paper's.
Gopher is arXiv 2112.11446 (appendix A1), C4 arXiv 1910.10683, FineWeb arXiv 2406.17557.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import field_validator, model_validator

from training.contract.model_names import check_model_name
from training.contract.preparation_settings import stage_on
from training.contract.settings.base import Section, setting

TEXT = "{text}"
"""Takes the document in the prompt of a quality model."""
KEY_ENDING = "API_KEY"
"""How a variable's name must end to be sent to an endpoint: no other secret of the machine can be."""


class QualityRulesConfig(Section):
    """Quality rules"""

    enabled: bool = stage_on(
        "Drops a document that breaks a rule. Formulas count as nothing where a rule is about prose."
    )
    fewest_words: int = setting(
        8, ge=0, unit="words", help="A shorter document is dropped; 0 for no limit. Gopher has 50."
    )
    most_words: int = setting(
        100_000, ge=0, unit="words", help="A longer document is dropped; 0 for no limit.", paper="Gopher A1"
    )
    shortest_mean_word: float = setting(
        2.0,
        ge=0.0,
        unit="characters",
        advanced=True,
        help="Lowest mean length of the words of prose. Gopher has 3; of mathematics' one-letter names 2 is enough.",
    )
    longest_mean_word: float = setting(
        10.0,
        ge=0.0,
        unit="characters",
        advanced=True,
        help="Highest mean length of the words of prose; 0 for no limit.",
        paper="Gopher A1",
    )
    most_symbols: float = setting(
        0.3,
        ge=0.0,
        le=1.0,
        help="Highest share of prose characters that are neither letters, digits nor common punctuation.",
    )
    most_digits: float = setting(
        0.7, ge=0.0, le=1.0, help="Highest share of digits among letters and digits, formulas included."
    )
    most_repeated_lines: float = setting(
        0.2,
        ge=0.0,
        le=1.0,
        help="Highest share of characters in lines that stood before in the document.",
        paper="Gopher A1",
    )
    most_repeated_ngrams: float = setting(
        0.3,
        ge=0.0,
        le=1.0,
        title="Most repeated runs",
        help="Highest share of characters in runs of ten words that stood before. Gopher has 0.1; solutions restate "
        "their problem.",
    )
    most_top_ngram: float = setting(
        0.5,
        ge=0.0,
        le=1.0,
        advanced=True,
        title="Most of one run",
        help="Highest share of prose characters in one run of three words. Gopher has 0.18; mathematics says the same "
        "words between its formulas.",
    )
    fewest_ended_lines: float = setting(
        0.12,
        ge=0.0,
        le=1.0,
        help="Lowest share of lines that end with punctuation or a formula; 0 for no limit.",
        paper="C4; FineWeb 3.6",
    )
    most_ellipsis_lines: float = setting(
        0.3,
        ge=0.0,
        le=1.0,
        advanced=True,
        help="Highest share of lines that end with an ellipsis.",
        paper="Gopher A1",
    )
    most_bullet_lines: float = setting(
        0.9,
        ge=0.0,
        le=1.0,
        advanced=True,
        help="Highest share of lines that begin with a bullet.",
        paper="Gopher A1",
    )
    most_broken: float = setting(
        0.001,
        ge=0.0,
        le=1.0,
        title="Most broken characters",
        help="Highest share of characters that a wrong encoding or escape left: `\\frac` read as an escape is a form "
        "feed and `rac`.",
    )
    fewest_stop_words: int = setting(
        0,
        ge=0,
        le=8,
        unit="words",
        advanced=True,
        help="So many of the, be, to, of, and, that, have, with must occur. Gopher has 2; for English alone, so 0.",
    )
    phrases: tuple[str, ...] = setting(
        (
            "lorem ipsum",
            "enable javascript",
            "javascript is disabled",
            "accept all cookies",
            "we use cookies",
            "cookie policy",
            "privacy policy",
            "terms of use",
            "all rights reserved",
            "sign up for our newsletter",
            "page not found",
        ),
        title="Boilerplate phrases",
        multiline=True,
        help="A document that holds one of them, in any case, is a web page's frame. On the form one a line.",
        paper="C4",
    )


class QualityModelConfig(Section):
    """Quality by a model"""

    enabled: bool = stage_on(
        "Drops a document that a model finds poor. Slow: the other stages go before.", False
    )
    judge: Literal["perplexity", "endpoint"] = setting(
        "perplexity",
        help="perplexity: a model on this machine reads the document, and its perplexity must lie in a band. "
        "endpoint: an OpenAI-compatible server is asked for 0 or 1.",
    )
    model: str = setting(
        "smollm2-135m-instruct",
        min_length=1,
        help="The local model, named as a policy; or the name that the endpoint knows its model by.",
    )
    lowest_perplexity: float = setting(
        2.0, ge=0.0, help="Below it a document repeats itself or is known by heart. Only for perplexity."
    )
    highest_perplexity: float = setting(
        200.0, gt=0.0, help="Above it a document is noise to the model. Only for perplexity."
    )
    max_tokens: int = setting(
        512,
        ge=16,
        le=8192,
        unit="tokens",
        help="Only a document's first tokens are read. Only for perplexity.",
    )
    url: str = setting(
        "", title="Address", help="The endpoint's address up to /v1, as http://judge.example:8000/v1."
    )
    key_variable: str = setting(
        "",
        title="Variable of the key",
        advanced=True,
        help="The environment variable of the worker that holds the endpoint's key, its name ending in `API_KEY`; "
        "a key itself is never a setting.",
    )
    prompt: str = setting(
        "Below is a document that a language model may be trained on.\n\n{text}\n\nIs it coherent and worth learning "
        "from? Answer 1 if it is. Answer 0 if it is noise, an advertisement, broken or empty of content. Answer with "
        "this one digit alone.",
        min_length=1,
        max_length=20_000,
        multiline=True,
        advanced=True,
        help="What the endpoint is asked; `{text}` once, which takes the document.",
    )
    max_characters: int = setting(
        8000, ge=100, le=1_000_000, unit="characters", advanced=True, help="Only a document's start is sent."
    )
    max_concurrent: int = setting(
        8, ge=1, le=1024, unit="requests", advanced=True, help="Requests under way at once."
    )
    timeout_seconds: float = setting(
        60.0, gt=0, le=3600, unit="s", advanced=True, help="After so long a request counts as failed."
    )
    retries: int = setting(
        5,
        ge=0,
        le=100,
        advanced=True,
        help="A request that failed is made again after 1, 2, 4 ... 30 s, so many times; then the preparation stops "
        "with an error, and is tried again later with the verdicts it has.",
    )

    @field_validator("key_variable")
    @classmethod
    def _is_a_keys_variable(cls, value: str) -> str:
        if value and not (value.replace("_", "").isalnum() and value.endswith(KEY_ENDING)):
            raise ValueError(
                f"Give the name of an environment variable that ends in {KEY_ENDING}, never the key itself."
            )
        return value

    @field_validator("prompt")
    @classmethod
    def _takes_the_text(cls, value: str) -> str:
        if value.count(TEXT) != 1:
            raise ValueError(f"Write {TEXT} once: it takes the document.")
        return value

    @model_validator(mode="after")
    def _can_judge(self) -> Self:
        if self.highest_perplexity <= self.lowest_perplexity:
            raise ValueError(
                f"highest_perplexity ({self.highest_perplexity:g}) must be above lowest_perplexity "
                f"({self.lowest_perplexity:g}): the band is empty. Raise highest_perplexity."
            )
        if self.enabled and self.judge == "endpoint" and not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https:// where an endpoint is asked.")
        if self.enabled and self.judge == "perplexity":
            check_model_name(self.model)
        return self

"""What the process of a session on the page Try it tells: the model is ready, a thought grows, an answer is there."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class TryReady(_Event):
    """The process of a session has its model loaded (see `contract.playground`)."""

    type: Literal["try_ready"] = "try_ready"
    device: str  # for people: "CPU, 2 threads, bfloat16"
    parameters: int
    seconds: float  # that loading took


class TryAsked(_Event):
    """What the model is given for a question. `truth` and `boundaries` are empty where nothing was given."""

    type: Literal["try_asked"] = "try_asked"
    question: int
    kind: Literal["token", "segment", "problem", "chat"]
    prompt: str
    prompt_tokens: int
    context: str  # as the model sees it
    context_tokens: int
    context_is_cut: bool  # from the left, to the experiment's limit
    think_prefilled: bool
    truth: str  # up to the horizon, ending on a character
    boundaries: tuple[
        int, ...
    ]  # cumulative byte lengths of the truth's own tokens; () where bytes do not count


class TryPlain(_Event):
    """Standard mode: the most likely next token at the plain context, and how likely the true one is."""

    type: Literal["try_plain"] = "try_plain"
    question: int
    token: str  # readable
    token_base64: str  # its exact bytes
    probability: float  # at temperature 1
    right: bool | None  # None: the truth is not known
    truth_probability: float | None


class TryPart(BaseModel):
    """What a response has grown by."""

    model_config = ConfigDict(frozen=True)

    sample: int
    text: str
    tokens: int  # of the response so far


class TryTokens(_Event):
    """What the responses to a question have grown by since the last event."""

    type: Literal["try_tokens"] = "try_tokens"
    question: int
    parts: tuple[TryPart, ...]


class TryAnswered(_Event):
    """A whole response, judged where the truth is known."""

    type: Literal["try_answered"] = "try_answered"
    question: int
    sample: int
    thought: str
    answer: str  # what follows the thought; all of it where there is none
    tokens: int
    truncated: bool  # by the limit of tokens
    stopped: bool  # by the person
    prediction_base64: str | None  # the exact bytes; None: there is none in the expected form
    reason: str  # records.Reason; "" where it was not judged
    right: bool | None  # None: the truth is not known, or it takes a judge


class TryDone(_Event):
    """A question has all its responses. `tokens` are those that were sampled."""

    type: Literal["try_done"] = "try_done"
    question: int
    seconds: float
    tokens: int
    stopped: bool


class TryRefused(_Event):
    """A question that cannot be asked, and why."""

    type: Literal["try_refused"] = "try_refused"
    question: int
    message: str
    field: str = ""
    remedy: str = ""

"""The exact prompt of one position, segment or problem, as `python -m training prompt --json` prints it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PromptPreview(BaseModel):
    """What the policy would be given, and where it comes from."""

    model_config = ConfigDict(frozen=True)

    prompt: str  # the whole prompt: chat template, context, opened thought
    tokens: int  # of the prompt
    max_tokens: int  # sampling.max_prompt_tokens
    context_tokens: int
    context_is_cut: bool  # the document's text before the position is longer than the context
    think_prefilled: bool  # the prompt itself opens the thought
    next_token: str  # the truth's first token, readable; "" where no token is asked for
    document: int
    document_name: str
    byte_start: int
    number: int  # which position was asked for, from 0
    entropy: float | None  # nats; None: the corpus has not been scanned as the experiment asks
    model: str
    template: str
    problems: tuple[str, ...]  # sentences a person should see
    kind: str = "token"  # records.TaskKind
    answer: str = ""  # the segment that is asked for, or the right answer; "" for a token

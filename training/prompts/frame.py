"""A prompt template inside a model's chat template, with places for text of documents.

Texts are put in literally: they hold LaTeX braces, so `str.format` would break on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.contract.errors import ForesightError
from training.rewards.extract import THINK_START


class PromptFrame:
    """The fixed parts of a prompt, for one tokenizer.

    The chat template is rendered around the placeholders, not around the texts, because many chat
    templates trim a message, and a text may end in a space that matters.

    Args:
        tokenizer: the policy's transformers tokenizer.
        template: holds each of `placeholders` once, in their order.
        placeholders: what texts take the place of.
        prefill_think: end the prompt with `<think>`, where the chat template does not do so itself.

    Raises:
        ForesightError: the chat template loses the message it is given.
    """

    def __init__(
        self, tokenizer: Any, template: str, placeholders: Sequence[str], prefill_think: bool
    ) -> None:
        self._tokenizer = tokenizer
        self._special_names = tuple(tokenizer.all_special_tokens)
        rest = _rendered(tokenizer, template)
        if prefill_think and not rest.rstrip().endswith(THINK_START):
            rest += f"{THINK_START}\n"
        fixed = []
        for placeholder in placeholders:
            before, found, rest = rest.partition(placeholder)
            if not found:
                raise ForesightError(
                    "The model's chat template does not show the message it is given.",
                    field="model.name",
                    remedy="Choose a model whose chat template takes a user message.",
                )
            fixed.append(before)
        self._fixed = (*fixed, rest)
        self.think_prefilled = rest.rstrip().endswith(THINK_START)

    def text(self, *texts: str) -> str:
        """The whole prompt, one text for each placeholder."""
        parts = zip(self._fixed, (*texts, ""), strict=True)
        return "".join(fixed + text for fixed, text in parts)

    def ids(self, *texts: str) -> tuple[int, ...]:
        """The prompt's tokens; no text can end the user's turn by naming a special token."""
        # A chat template writes the special tokens itself; plain text still needs the tokenizer's own.
        own = not self._tokenizer.chat_template
        if not any(name in text for text in texts for name in self._special_names):
            return tuple(self._tokenizer(self.text(*texts), add_special_tokens=own)["input_ids"])
        ids: list[int] = []
        for place, (fixed, text) in enumerate(zip(self._fixed, (*texts, ""), strict=True)):
            ids += self._tokenizer(fixed, add_special_tokens=own and place == 0)["input_ids"]
            ids += self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return tuple(ids)


def _rendered(tokenizer: Any, template: str) -> str:
    if not getattr(tokenizer, "chat_template", None):
        return template + "\n\n"
    messages = [{"role": "user", "content": template}]
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

"""A judge on this machine: a Hugging Face folder, asked through the project's own sampler.

Each pair is a prompt of its own, its chat template around it. A text that names a special token cannot
end the judge's turn by it.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from training.contract.settings.segments import JudgeConfig
from training.judging.pair import Pair, Rule
from training.judging.prompt import PLACEHOLDERS, score_of, template
from training.judging.source import Found
from training.models.fingerprint import weights_sha256
from training.records import Verdict

if TYPE_CHECKING:
    from training.engine.sampler import Sampler
    from training.prompts.frame import PromptFrame

TOKENS_TOGETHER = 8192
"""Prompt tokens of a batch, padding included: what bounds its memory."""
GPU_SHARE = 0.3
"""Of the memory of the judge's GPU."""
LONGEST = 16_384
"""Tokens of a question and its reply; what is longer is not asked, also of a model that reads more."""


@dataclass(frozen=True, slots=True)
class _Model:
    """The loaded judge."""

    sampler: Sampler
    tokenizer: Any
    frames: dict[Rule, PromptFrame]
    longest: int  # tokens of prompt and reply


class LocalJudge:
    """Asks a model of this machine. It is loaded at the first call, once.

    Args:
        folder: Hugging Face folder.
        name: what to call it.
        config: the section `judge`.
        device: where it computes.
    """

    def __init__(
        self, folder: Path, name: str, config: JudgeConfig, device: Literal["cpu", "cuda"] = "cpu"
    ) -> None:
        self.name = f"local {name}"
        self.identity = f"local {weights_sha256(folder)}"
        self._folder = folder
        self._config = config
        self._device = device
        self._model: _Model | None = None
        self._turn = threading.Lock()

    async def ask(self, pairs: Sequence[Pair], found: Found) -> None:
        """Batches of at most `max_concurrent` pairs, of like length; the event loop goes on meanwhile."""
        loop = asyncio.get_running_loop()

        def hand_over(index: int, verdict: Verdict, *, keep: bool = True) -> None:
            loop.call_soon_threadsafe(lambda: found(index, verdict, keep=keep))

        await asyncio.to_thread(self._ask, pairs, hand_over)

    def _ask(self, pairs: Sequence[Pair], found: Found) -> None:
        with self._turn:
            model = self._model = self._model or _load(self._folder, self._config, self._device)
            prompts = [model.frames[pair.rule].ids(pair.reference, pair.predicted) for pair in pairs]
            room = model.longest - self._config.max_reply_tokens
            for index, prompt in enumerate(prompts):
                if len(prompt) > room:
                    said = f"not asked: the question takes {len(prompt)} tokens, and the judge reads {room}"
                    found(index, Verdict(None, said, self.name, False, 0.0), keep=False)
            lengths = {index: len(prompt) for index, prompt in enumerate(prompts) if len(prompt) <= room}
            for batch in _batches(lengths, self._config.max_concurrent):
                self._answer(model, batch, pairs, prompts, found)

    def _answer(
        self,
        model: _Model,
        batch: Sequence[int],
        pairs: Sequence[Pair],
        prompts: Sequence[tuple[int, ...]],
        found: Found,
    ) -> None:
        from training.engine.sampler import AskedRule
        from training.engine.tokens import decode

        began = time.monotonic()
        rule = AskedRule(1, self._config.temperature, 1.0, self._config.max_reply_tokens, seed=None)
        drawn = model.sampler.sample([prompts[index] for index in batch], rule)
        seconds = (time.monotonic() - began) / len(batch)
        for index, (sampled,) in zip(batch, drawn, strict=True):
            ids = sampled.token_ids if sampled.truncated else sampled.token_ids[:-1]  # without the end token
            reply = decode(model.tokenizer, ids)
            opened = model.frames[pairs[index].rule].think_prefilled
            verdict = Verdict(score_of(reply, think_opened=opened), reply, self.name, False, seconds)
            found(index, verdict)


def _batches(lengths: dict[int, int], most: int) -> Iterator[list[int]]:
    """Indexes by rising length, so many together that a batch stays small."""
    batch: list[int] = []
    for index in sorted(lengths, key=lambda index: (lengths[index], index)):
        if batch and (len(batch) == most or (len(batch) + 1) * lengths[index] > TOKENS_TOGETHER):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _load(folder: Path, config: JudgeConfig, device: Literal["cpu", "cuda"]) -> _Model:
    from training.engine.sampler import load_sampler
    from training.models.token_bytes import load_tokenizer
    from training.prompts.frame import PromptFrame

    tokenizer = load_tokenizer(folder)
    known = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    longest = min(int(known.get("max_position_embeddings", LONGEST)), LONGEST)
    rules: tuple[Rule, ...] = ("prefix", "strict")
    return _Model(
        sampler=load_sampler(folder, device=device, max_tokens=longest, gpu_memory_share=GPU_SHARE),
        tokenizer=tokenizer,
        frames={
            rule: PromptFrame(tokenizer, template(rule), PLACEHOLDERS, prefill_think=False) for rule in rules
        },
        longest=longest,
    )

"""Turn a segment of a document into a task: what stands before it, what is asked, what it is judged against.

ASR shows the segments before the target and asks for what follows; MSR also shows the segment after
the gap (RLPT 3.2). Which segments can be targets and in which order they come is decided in
`training.segments`.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from functools import cache
from pathlib import Path
from typing import Any, Literal

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.segments import RlptConfig
from training.models.token_bytes import EncodedDocument
from training.prompts.frame import PromptFrame
from training.records import SegmentedDocument, SegmentTask
from training.rewards.segment import says_nothing_but

Kind = Literal["asr", "msr"]

PLACEHOLDERS: dict[Kind, tuple[str, ...]] = {"asr": ("{context}",), "msr": ("{prompt}", "{next_step}")}
_FILES = {"paper": "rlpt_prompts.json", "short": "rlpt_short.json"}  # the first is RLPT's, byte for byte


def segment_template(name: str, kind: Kind) -> str:
    """The text of a task's prompt, with its placeholders; `name` is a value of `method.template`."""
    return _texts(name)[kind]


class SegmentTaskBuilder:
    """Builds tasks for one policy tokenizer and one experiment.

    Args:
        tokenizer: the policy's transformers tokenizer.
        config: the experiment; the sections segments and sampling are used.
        method: its method.

    Raises:
        ForesightError: a template alone does not fit `sampling.max_prompt_tokens`, or the chat template
            loses the message it is given.
    """

    def __init__(self, tokenizer: Any, config: ExperimentConfig, method: RlptConfig) -> None:
        self._max_context = config.segments.max_context
        self._max_prompt = config.sampling.max_prompt_tokens
        self._references = method.reference_segments
        self._frames = {
            kind: PromptFrame(
                tokenizer, segment_template(method.template, kind), places, method.prefill_think
            )
            for kind, places in PLACEHOLDERS.items()
        }
        for kind, frame in self._frames.items():
            empty = len(frame.ids(*("" for _ in PLACEHOLDERS[kind])))
            if empty >= self._max_prompt:
                raise ForesightError(
                    f"The {kind.upper()} prompt without a context takes {empty} of {self._max_prompt} tokens.",
                    field="sampling.max_prompt_tokens",
                    remedy="Raise it, or choose the shorter prompts (`short`).",
                )

    def build(
        self, cut: SegmentedDocument, encoded: EncodedDocument, index: int, kind: Kind
    ) -> SegmentTask | None:
        """The task whose target is segment `index`; None where it cannot be asked.

        That is where not even the segment before it fits, and in MSR where the target says nothing but
        what stands after the gap: giving that back earns nothing.

        Args:
            cut: the target's document; a segment stands before the target, in MSR one after it too.
            encoded: the document in the policy's own tokens.
            index: 0-based place of the target among the document's segments.
            kind: ASR or MSR.
        """
        frame = self._frames[kind]
        following = cut.segments[index + 1] if kind == "msr" else ""
        shown = (following,) if kind == "msr" else ()
        if says_nothing_but(cut.segments[index], following):
            return None
        fitted = self._fit(frame, cut, encoded, index, shown)
        if fitted is None:
            return None
        context, prompt_ids = fitted
        return SegmentTask(
            kind=kind,
            document=cut.document.index,
            document_name=cut.document.name,
            index=index,
            byte_start=cut.ends[index - 1],
            byte_end=cut.ends[index],
            context=context,
            following=following,
            references=cut.segments[index : index + self._references],
            prompt=frame.text(context, *shown),
            prompt_ids=prompt_ids,
            think_prefilled=frame.think_prefilled,
        )

    def _fit(
        self,
        frame: PromptFrame,
        cut: SegmentedDocument,
        encoded: EncodedDocument,
        index: int,
        shown: tuple[str, ...],
    ) -> tuple[str, tuple[int, ...]] | None:
        """The longest context that begins at a segment and fits, with its prompt's tokens."""

        def begins(place: int) -> int:
            """The token that a segment begins in."""
            return bisect_right(encoded.byte_ends, cut.ends[place - 1]) if place else 0

        first, end = index, bisect_left(encoded.byte_ends, cut.ends[index - 1]) + 1
        while first and end - begins(first - 1) <= self._max_context:
            first -= 1
        while first < index:
            context = "".join(cut.segments[first:index])
            prompt_ids = frame.ids(context, *shown)
            over = len(prompt_ids) - self._max_prompt
            if over <= 0:
                return context, prompt_ids
            # As many segments as hold the surplus go at once: each try tokenises the whole prompt.
            enough, first = begins(first) + over, first + 1
            while first < index and begins(first) < enough:
                first += 1
        return None


@cache
def _texts(name: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads(Path(__file__).with_name(_FILES[name]).read_text("utf-8"))
    return texts

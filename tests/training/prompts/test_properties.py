"""What holds for every document: nothing of it is lost between context and truth, and none of it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.training.prompts.sample_task import POSITION
from tests.training.prompts.test_build import builder
from training.models.token_bytes import encode_document
from training.records import Document
from training.rewards.registry import score_response

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

ROOM = {
    "positions": {"max_context": 1000},
    "method": {"horizon": 256},
    "sampling": {"max_prompt_tokens": 2000},
}
MARKS = st.sampled_from(
    ["</think>", "<think>", r"\boxed{", "}", r"\boxed{ the}", "<|im_end|>", " the", "é", "🙂", "\n"]
)


@settings(max_examples=60, deadline=None)
@given(text=st.lists(MARKS | st.text(max_size=4), min_size=1, max_size=12).map("".join))
@example(text="👩‍👩‍👧\r\n\t ﷽")
def test_context_and_truth_are_the_document(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    encoded = encode_document(tokenizer, text)
    make = builder(tokenizer, **ROOM)
    data = text.encode()
    for index in range(1, len(encoded.ids)):
        problem = make.problem(encoded, index)
        start = encoded.byte_ends[index - 1]
        if data[start] & 0xC0 == 0x80:
            assert problem is None  # the context would end inside a character
        else:
            assert problem is not None
            assert problem.context.encode() + problem.truth == data
            assert len(problem.context.encode()) == start
            assert [start + length for length in problem.boundaries] == list(encoded.byte_ends[index:])


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(MARKS, max_size=6).map("".join),
    thought=st.text(st.characters(exclude_characters="<\\", exclude_categories=["Cs"]), max_size=20),
)
def test_marks_in_a_context_never_count_as_an_answer(
    tokenizer: PreTrainedTokenizerFast, before: str, thought: str
) -> None:
    text = f"a{before}</think>\\boxed{{ the}} the"  # the context itself boxes the truth
    encoded = encode_document(tokenizer, text)
    start = len(text.encode()) - len(" the")
    task = builder(tokenizer, **ROOM).build(
        Document(1, "d", text), encoded, replace(POSITION, byte_start=start)
    )
    assert task is not None
    assert task.context.endswith("</think>\\boxed{ the}")
    assert task.truth == b" the"
    for response, reason in (
        (thought, "no_think_end"),
        (f"{thought}</think>{thought}", "no_box"),
        (f"{thought}</think>\\boxed{{ the}}", "match"),
    ):
        reward = score_response(
            "prefix",
            response,
            truncated=False,
            think_prefilled=task.think_prefilled,
            truth=task.truth,
            boundaries=task.boundaries,
        )
        assert (reward.reason, reward.value) == (reason, float(reason == "match"))

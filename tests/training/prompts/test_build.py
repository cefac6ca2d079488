"""From a position to a task."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.training.prompts.sample_task import POSITION
from training.contract.errors import ForesightError
from training.contract.experiment import parse_experiment
from training.models.token_bytes import TokenBytes, encode_document
from training.prompts.build import TaskBuilder, next_token
from training.records import Document, Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TEXT = "the name of the value is 🙂! and the list decreases"


def builder(tokenizer: PreTrainedTokenizerFast, **changes: Any) -> TaskBuilder:
    """A builder with room for 8 context tokens and the short template; `changes` by section."""
    settings: dict[str, Any] = {
        "positions": {"min_context": 1, "max_context": 8},
        "method": {"prompt": "short"},
        "sampling": {"max_prompt_tokens": 400},
    }
    for section, values in changes.items():
        settings[section] = {**settings[section], **values}
    return TaskBuilder(tokenizer, TokenBytes(tokenizer), parse_experiment(settings))


def task_at(tokenizer: PreTrainedTokenizerFast, target: str, text: str = TEXT, **changes: Any) -> Task | None:
    """The task whose target begins where `target` stands in `text`."""
    at = replace(POSITION, byte_start=len(text[: text.index(target)].encode()))
    encoded = encode_document(tokenizer, text)
    return builder(tokenizer, **changes).build(Document(1, "doc", text), encoded, at)


def test_task_shows_the_context_and_keeps_the_truth_out(tokenizer: PreTrainedTokenizerFast) -> None:
    task = task_at(tokenizer, " value", positions={"max_context": 64})
    assert task is not None
    assert task.context == "the name of the"
    assert task.prompt == (
        "<|im_start|>user\nPredict the next token in \\boxed{}.\n\n"
        "the name of the<|im_end|>\n<|im_start|>assistant\n<think>\n"
    )
    assert task.prompt_ids == tuple(tokenizer(task.prompt, add_special_tokens=False)["input_ids"])
    assert TokenBytes(tokenizer).join(task.context_ids) == b"the name of the"
    assert task.truth.startswith(b" value is ")
    assert task.truth.startswith(next_token(task))
    assert len(next_token(task)) == task.boundaries[0]
    assert (task.document_name, task.think_prefilled) == ("doc", True)


def test_context_is_cut_from_the_left_to_its_limit(tokenizer: PreTrainedTokenizerFast) -> None:
    task = task_at(tokenizer, " decreases", positions={"max_context": 8})
    assert task is not None
    assert len(task.context_ids) == 8
    assert TEXT[: TEXT.index(" decreases")].endswith(task.context)


def test_context_is_cut_on_a_character(tokenizer: PreTrainedTokenizerFast) -> None:
    text = "aa" + "🙂" * 8 + " the"  # the tiny tokenizer has one token for each byte of an emoji
    for limit in (8, 9, 11):
        task = task_at(tokenizer, " the", text=text, positions={"max_context": limit})
        assert task is not None
        assert (task.context, len(task.context_ids)) == ("🙂🙂", 8)


def test_context_is_cut_further_where_the_prompt_would_not_fit(tokenizer: PreTrainedTokenizerFast) -> None:
    roomy = task_at(tokenizer, " decreases", positions={"max_context": 20})
    assert roomy is not None
    limit = len(roomy.prompt_ids) - 5
    tight = task_at(
        tokenizer, " decreases", positions={"max_context": 20}, sampling={"max_prompt_tokens": limit}
    )
    assert tight is not None
    assert len(tight.prompt_ids) <= limit
    assert roomy.context.endswith(tight.context)
    assert tight.prompt == roomy.prompt.replace(roomy.context, tight.context)


def test_builder_whose_template_does_not_fit_is_an_error(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ForesightError) as caught:
        builder(tokenizer, method={"prompt": "v4"}, sampling={"max_prompt_tokens": 64})
    assert caught.value.field == "sampling.max_prompt_tokens"


def test_truth_of_an_emoji_in_byte_tokens_keeps_its_boundaries(tokenizer: PreTrainedTokenizerFast) -> None:
    task = task_at(tokenizer, "🙂", method={"horizon": 5})
    assert task is not None
    assert (task.truth, task.boundaries) == ("🙂!".encode(), (1, 2, 3, 4, 5))
    cut = task_at(tokenizer, "🙂", method={"horizon": 3})
    assert cut is None  # no whole character within the horizon


def test_context_with_latex_braces_stands_literally(tokenizer: PreTrainedTokenizerFast) -> None:
    text = r"\frac{a}{b} {prompt_content} {0} the"
    task = task_at(tokenizer, " the", text=text, positions={"max_context": 64})
    assert task is not None
    assert r"\frac{a}{b} {prompt_content} {0}<|im_end|>" in task.prompt


def test_context_naming_a_special_token_does_not_become_one(tokenizer: PreTrainedTokenizerFast) -> None:
    text = "a <|im_end|> b the"
    task = task_at(tokenizer, " the", text=text, positions={"max_context": 64})
    assert task is not None
    assert "a <|im_end|> b" in task.prompt
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert task.prompt_ids.count(end) == 1
    assert tokenizer.decode(list(task.prompt_ids)) == task.prompt


def test_chat_template_that_opens_the_thought_is_not_doubled(tokenizer: PreTrainedTokenizerFast) -> None:
    opens = copy.deepcopy(tokenizer)
    opens.chat_template = tokenizer.chat_template.replace("assistant\n", "assistant\n<think>\n")
    for prefill in (True, False):
        task = task_at(opens, " value", method={"prefill_think": prefill})
        assert task is not None
        assert task.think_prefilled
        assert task.prompt.count("<think>") == 1


def test_prompt_without_prefill_leaves_the_thought_to_the_response(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    task = task_at(tokenizer, " value", method={"prefill_think": False})
    assert task is not None
    assert not task.think_prefilled
    assert task.prompt.endswith("<|im_start|>assistant\n")


def test_tokenizer_without_chat_template_gets_plain_text(tokenizer: PreTrainedTokenizerFast) -> None:
    plain = copy.deepcopy(tokenizer)
    plain.chat_template = None
    task = task_at(plain, " value", positions={"max_context": 64})
    assert task is not None
    assert task.prompt.endswith("in \\boxed{}.\n\nthe name of the\n\n<think>\n")


def test_chat_template_that_trims_keeps_the_context_whole(tokenizer: PreTrainedTokenizerFast) -> None:
    trims = copy.deepcopy(tokenizer)
    trims.chat_template = tokenizer.chat_template.replace("['content']", "['content'] | trim")
    task = task_at(
        trims, "the", text="of \n\nthe", method={"prompt": "v0"}, sampling={"max_prompt_tokens": 999}
    )
    assert task is not None
    assert "### Context\nof \n\n<|im_end|>" in task.prompt


def test_position_inside_a_token_of_the_policy_has_no_task(tokenizer: PreTrainedTokenizerFast) -> None:
    assert task_at(tokenizer, "alue") is None
    assert task_at(tokenizer, "the name") is None  # nothing stands before it


def test_position_inside_a_character_has_no_task(tokenizer: PreTrainedTokenizerFast) -> None:
    encoded = encode_document(tokenizer, "a🙂 the")
    inside = replace(POSITION, byte_start=2)
    assert 2 in encoded.byte_ends
    assert builder(tokenizer).build(Document(1, "doc", "a🙂 the"), encoded, inside) is None


def test_own_template_is_framed_like_a_named_one(tokenizer: PreTrainedTokenizerFast) -> None:
    own = {"prompt": "custom", "custom_prompt": "Box: \\boxed{}. {0}\n<<{prompt_content}>>"}
    task = task_at(tokenizer, " value", method=own, positions={"max_context": 64})
    assert task is not None
    assert task.prompt == (
        "<|im_start|>user\nBox: \\boxed{}. {0}\n<<the name of the>><|im_end|>\n<|im_start|>assistant\n<think>\n"
    )

"""From a segment of a document to a task."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import training.prompts.segment_tasks as segment_tasks
from training.contract.errors import ForesightError
from training.contract.experiment import parse_experiment
from training.contract.settings.segments import RlptConfig
from training.models.token_bytes import encode_document
from training.prompts.segment_tasks import PLACEHOLDERS, Kind, SegmentTaskBuilder, segment_template
from training.records import Document, SegmentedDocument, SegmentTask

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SEGMENTS = (
    "The list is {x} long. ",
    "The name is the end. ",
    "Its size decreases.\n\n",
    "The end 🙂. ",
    "So.",
)
RLPT_FILE = Path(segment_tasks.__file__).with_name("rlpt_prompts.json")


def cut(segments: tuple[str, ...] = SEGMENTS) -> SegmentedDocument:
    ends = [len("".join(segments[: place + 1]).encode()) for place in range(len(segments))]
    return SegmentedDocument(Document(4, "lists", "".join(segments)), segments, tuple(ends))


def builder(tokenizer: PreTrainedTokenizerFast, **changes: Any) -> SegmentTaskBuilder:
    settings: dict[str, Any] = {
        "segments": {"max_context": 500},
        "method": {"kind": "rlpt", "template": "short"},
        "sampling": {"max_prompt_tokens": 1000},
    }
    for section, values in changes.items():
        settings[section] = {**settings[section], **values}
    config = parse_experiment(settings)
    assert isinstance(config.method, RlptConfig)
    return SegmentTaskBuilder(tokenizer, config, config.method)


def task_of(
    tokenizer: PreTrainedTokenizerFast,
    index: int,
    kind: Kind,
    of: tuple[str, ...] = SEGMENTS,
    **changes: Any,
) -> SegmentTask | None:
    document = cut(of)
    encoded = encode_document(tokenizer, document.document.text)
    return builder(tokenizer, **changes).build(document, encoded, index, kind)


def test_rlpt_file_is_unchanged_byte_for_byte() -> None:
    assert (
        hashlib.sha256(RLPT_FILE.read_bytes()).hexdigest()
        == "4330b99470c767f2c1fcf644a3deb84746e7b17a4cf3eef8822fb33bdcbd2bde"
    )


@pytest.mark.parametrize("name", ["paper", "short"])
@pytest.mark.parametrize("kind", ["asr", "msr"])
def test_templates_hold_each_placeholder_once_in_order_and_both_tags(name: str, kind: Kind) -> None:
    text = segment_template(name, kind)
    assert [text.count(placeholder) for placeholder in PLACEHOLDERS[kind]] == [1] * len(PLACEHOLDERS[kind])
    assert sorted(PLACEHOLDERS[kind], key=text.index) == list(PLACEHOLDERS[kind])
    assert text.count("<|startofprediction|> and <|endofprediction|>") == 1


def test_asr_task_shows_what_stands_before_and_keeps_the_target_out(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    task = task_of(tokenizer, 1, "asr", method={"template": "paper", "reference_segments": 2})
    paper = json.loads(RLPT_FILE.read_text("utf-8"))["asr"]
    assert task is not None
    assert task.prompt == (
        f"<|im_start|>user\n{paper.replace('{context}', SEGMENTS[0])}<|im_end|>\n"
        "<|im_start|>assistant\n<think>\n"
    )
    assert task.prompt_ids == tuple(tokenizer(task.prompt, add_special_tokens=False)["input_ids"])
    assert (task.context, task.following, task.references) == (SEGMENTS[0], "", SEGMENTS[1:3])
    assert (task.document, task.document_name, task.index) == (4, "lists", 1)
    assert (task.byte_start, task.byte_end) == (22, 43)
    assert task.think_prefilled


def test_msr_task_shows_the_segment_after_the_gap(tokenizer: PreTrainedTokenizerFast) -> None:
    task = task_of(tokenizer, 2, "msr", method={"template": "paper"})
    paper = json.loads(RLPT_FILE.read_text("utf-8"))["msr"]
    before = SEGMENTS[0] + SEGMENTS[1]
    assert task is not None
    assert paper.replace("{prompt}", before).replace("{next_step}", SEGMENTS[3]) in task.prompt
    assert (task.context, task.following) == (before, SEGMENTS[3])
    assert task.references == SEGMENTS[2:5]
    assert "size decreases" not in task.prompt


def test_references_end_with_the_document(tokenizer: PreTrainedTokenizerFast) -> None:
    task = task_of(tokenizer, 3, "asr", method={"reference_segments": 32})
    assert task is not None
    assert task.references == SEGMENTS[3:]


def test_context_is_cut_where_a_segment_begins(tokenizer: PreTrainedTokenizerFast) -> None:
    def tokens(first: int) -> int:
        return len(encode_document(tokenizer, "".join(SEGMENTS[first:3])).ids)

    for limit, wanted in (
        (tokens(0), SEGMENTS[:3]),
        (tokens(0) - 1, SEGMENTS[1:3]),
        (tokens(2), SEGMENTS[2:3]),
    ):
        task = task_of(tokenizer, 3, "asr", segments={"max_context": limit})
        assert task is not None
        assert task.context == "".join(wanted)


def test_context_whose_last_segment_is_too_long_gives_no_task(tokenizer: PreTrainedTokenizerFast) -> None:
    tokens = len(encode_document(tokenizer, SEGMENTS[0]).ids)
    assert task_of(tokenizer, 1, "asr", segments={"max_context": tokens}) is not None
    assert task_of(tokenizer, 1, "asr", segments={"max_context": tokens - 1}) is None


def test_context_is_cut_further_where_the_prompt_would_not_fit(tokenizer: PreTrainedTokenizerFast) -> None:
    roomy = task_of(tokenizer, 3, "msr", segments={"max_context": 100})
    assert roomy is not None
    limit = len(roomy.prompt_ids) - 1
    tight = task_of(tokenizer, 3, "msr", segments={"max_context": 100}, sampling={"max_prompt_tokens": limit})
    assert tight is not None
    assert len(tight.prompt_ids) <= limit
    assert (roomy.context, tight.context) == ("".join(SEGMENTS[:3]), "".join(SEGMENTS[1:3]))
    assert tight.following == SEGMENTS[4]  # the prompt's tail is never cut


@pytest.mark.parametrize("kind", ["asr", "msr"])
def test_text_naming_special_tokens_and_placeholders_stands_literally(
    tokenizer: PreTrainedTokenizerFast, kind: Kind
) -> None:
    segments = ("A {next_step} <|im_end|> {context}. ", "B. ", "C <|im_end|> {prompt} <MASK>.")
    task = task_of(tokenizer, 1, kind, segments)
    assert task is not None
    assert segments[0] in task.prompt
    assert (segments[2] in task.prompt) == (kind == "msr")
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert task.prompt_ids.count(end) == 1
    assert tokenizer.decode(list(task.prompt_ids)) == task.prompt


def test_builder_whose_template_does_not_fit_is_an_error(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ForesightError, match="The ASR prompt without a context takes") as caught:
        builder(
            tokenizer,
            method={"template": "paper"},
            segments={"max_context": 8},
            sampling={"max_prompt_tokens": 64},
        )
    assert caught.value.field == "sampling.max_prompt_tokens"


def test_prompt_without_prefill_leaves_the_thought_to_the_response(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    task = task_of(tokenizer, 1, "asr", method={"prefill_think": False})
    assert task is not None
    assert not task.think_prefilled
    assert task.prompt.endswith("<|im_start|>assistant\n")

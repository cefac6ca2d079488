"""The self-made examples of RLPT's answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.cold_start.segment_examples import make_segment_examples
from training.contract.errors import ForesightError
from training.contract.experiment import parse_experiment
from training.contract.settings.segments import RlptConfig
from training.models.token_bytes import encode_document, load_tokenizer
from training.prompts.segment_draw import Target
from training.prompts.segment_tasks import SegmentTaskBuilder
from training.records import Document
from training.rewards.tags import extract_segment
from training.segments.cut import cut_at, ends_of
from training.segments.sentences import sentence_starts
from training.supervised.labelled import Labelled

TEXT = "".join(
    f"The size of list {place} is the end <|im_end|> of {place * 7} lines. " for place in range(12)
)


class Setting:
    """A tiny policy with one document in segments."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = load_tokenizer(make_tiny_model(folder))
        document = Document(4, "lists", TEXT)
        self.cuts = {4: cut_at(document, ends_of(TEXT, sentence_starts(TEXT)))}
        self.encoded = {4: encode_document(self.tokenizer, TEXT)}

    def examples(self, count: int, free: list[Target], **changes: Any) -> list[tuple[str, str]]:
        """The examples as (prompt, response)."""
        method = {"kind": "rlpt", "template": "short", **changes.pop("method", {})}
        config = parse_experiment(
            {"method": method, "segments": {"max_context": 120}, "sampling": {"max_prompt_tokens": 500}}
        )
        assert isinstance(config.method, RlptConfig)
        arguments: dict[str, Any] = {"asr_share": 0.5, "max_response_tokens": 400, "seed": 1}
        examples = make_segment_examples(
            SegmentTaskBuilder(self.tokenizer, config, config.method),
            self.tokenizer,
            self.cuts,
            self.encoded,
            free,
            count=count,
            **{**arguments, **changes},
        )
        return [self._text(one) for one in examples]

    def _text(self, one: Labelled) -> tuple[str, str]:
        learnt = len(one.ids) - one.count
        return (
            str(self.tokenizer.decode(list(one.ids[:learnt]))),
            str(self.tokenizer.decode(list(one.ids[learnt:]))),
        )


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return Setting(tmp_path_factory.mktemp("tiny"))


FREE: list[Target] = [(4, place) for place in range(1, 11)]


def test_examples_hold_the_true_segment_between_the_tags(setting: Setting) -> None:
    examples = setting.examples(10, FREE)
    targets = set()
    for prompt, response in examples:
        found = extract_segment(response, truncated=False, think_prefilled=True, end_tokens=("<|im_end|>",))
        assert found.reason is None
        assert found.prediction is not None
        assert response.endswith("<|endofprediction|><|im_end|>")
        assert found.prediction.decode() not in prompt
        targets.add(found.prediction.decode())
    assert targets == {segment.strip() for segment in setting.cuts[4].segments[1:11]}


def test_examples_of_both_kinds_say_where_to_look(setting: Setting) -> None:
    for prompt, response in setting.examples(10, FREE):
        thought = response.split("</think>")[0]
        context = prompt.split("\n\n", 1)[1].split("<MASK>")[0]
        if "<MASK>" in prompt.split("\n\n", 1)[1]:
            assert thought.startswith('The gap is between "')
            assert thought.endswith('" and "The size of".')
        else:
            assert thought.startswith('The text stops at "')
        assert (
            " ".join(context.replace("<|im_end|>\n<|im_start|>assistant\n<think>\n", "").split()[-5:])
            in thought
        )


def test_examples_that_do_not_fit_are_left_out_and_too_few_are_an_error(setting: Setting) -> None:
    with pytest.raises(ForesightError, match="Only 10 of 11 cold-start examples") as caught:
        setting.examples(11, FREE)
    assert caught.value.field == "cold_start.steps"
    with pytest.raises(ForesightError, match="Only 0 of 1"):
        setting.examples(1, FREE, max_response_tokens=20)


def test_examples_without_prefill_open_the_thought_themselves(setting: Setting) -> None:
    examples = setting.examples(4, FREE, method={"prefill_think": False})
    assert all(response.startswith("<think>\nThe ") for _, response in examples)


def test_examples_same_seed_are_the_same(setting: Setting) -> None:
    assert setting.examples(6, FREE, seed=3) == setting.examples(6, FREE, seed=3)
    assert setting.examples(6, FREE, seed=3) != setting.examples(6, FREE, seed=4)

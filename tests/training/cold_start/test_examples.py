"""The self-made format examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.cold_start.examples import Example, make_examples
from training.contract.errors import ForesightError
from training.contract.experiment import parse_experiment
from training.models.token_bytes import EncodedDocument, TokenBytes, encode_document, load_tokenizer
from training.prompts.build import TaskBuilder
from training.rewards.registry import score_response

TEXT = "the name of the value is the name of a list and the end of the line is 🙂 {x} size and decreases "


class Setting:
    """A tiny policy with one document."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = load_tokenizer(make_tiny_model(folder))
        self.encoded: dict[int, EncodedDocument] = {4: encode_document(self.tokenizer, TEXT * 2)}

    def builder(self, **method: Any) -> TaskBuilder:
        settings = {
            "positions": {"min_context": 1, "max_context": 300},
            "method": {"prompt": "short", **method},
            "sampling": {"max_prompt_tokens": 999},
        }
        return TaskBuilder(self.tokenizer, TokenBytes(self.tokenizer), parse_experiment(settings))

    def examples(self, count: int = 20, **changes: Any) -> tuple[Example, ...]:
        arguments: dict[str, Any] = {"max_response_tokens": 200, "min_context": 5, "seed": 1}
        builder = changes.pop("builder", None) or self.builder()
        taken = changes.pop("taken", ())
        arguments |= changes
        return make_examples(builder, self.tokenizer, self.encoded, taken, count=count, **arguments)

    def responses(self, examples: tuple[Example, ...]) -> list[str]:
        return [str(self.tokenizer.decode(list(example.response_ids))) for example in examples]


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return Setting(tmp_path_factory.mktemp("tiny"))


def test_examples_are_right_under_the_reward(setting: Setting) -> None:
    ids = setting.encoded[4].ids
    problems = [setting.builder().problem(setting.encoded[4], index) for index in range(5, len(ids))]
    by_prompt = {problem.prompt_ids: problem for problem in problems if problem}
    examples = setting.examples(40)
    for example, response in zip(examples, setting.responses(examples), strict=True):
        problem = by_prompt[example.prompt_ids]
        reward = score_response(
            "prefix",
            response,
            truncated=False,
            think_prefilled=True,
            truth=problem.truth,
            boundaries=problem.boundaries,
            end_tokens=("<|im_end|>",),
        )
        assert (reward.value, reward.prediction) == (1.0, problem.next_token)


def test_examples_end_with_the_end_token_and_fit(setting: Setting) -> None:
    examples = setting.examples(10, max_response_tokens=70)
    assert all(example.response_ids[-1] == setting.tokenizer.eos_token_id for example in examples)
    assert all(len(example.response_ids) <= 70 for example in examples)


def test_examples_same_seed_are_the_same(setting: Setting) -> None:
    assert setting.examples(seed=3) == setting.examples(seed=3)
    assert setting.examples(seed=3) != setting.examples(seed=4)


def test_thought_repeats_the_last_tokens_and_goes_on_with_the_truth(setting: Setting) -> None:
    free = TEXT.index(" list") + len(" list")  # the context ends in "of a list"
    taken = {(4, end) for end in setting.encoded[4].byte_ends if end != free}
    response = setting.responses(setting.examples(1, taken=taken))[0]
    assert response == " the name of a list and</think>\\boxed{ and}<|im_end|>"


def test_examples_leave_out_what_grpo_trains_on_and_short_contexts(setting: Setting) -> None:
    ends = setting.encoded[4].byte_ends
    free = [8, 10, 12, 14]
    taken = {(4, ends[index - 1]) for index in range(1, len(ends)) if index not in free}
    got = setting.examples(4, taken=taken)
    asked = {setting.builder().problem(setting.encoded[4], index).prompt_ids for index in free}  # type: ignore[union-attr]
    assert {example.prompt_ids for example in got} == asked


def test_examples_without_prefill_open_the_thought_themselves(setting: Setting) -> None:
    builder = setting.builder(prefill_think=False)
    assert all(
        response.startswith("<think>\n")
        for response in setting.responses(setting.examples(5, builder=builder))
    )


def test_examples_more_than_there_are_positions_is_an_error(setting: Setting) -> None:
    with pytest.raises(ForesightError) as caught:
        setting.examples(10_000)
    assert caught.value.field == "cold_start.steps"

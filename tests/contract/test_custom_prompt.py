"""A user's own prompt template: one place for the context, kept as it is typed."""

from __future__ import annotations

import pytest

from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml, load_yaml, parse_experiment


def refused(text: str) -> ForesightError:
    with pytest.raises(ForesightError) as caught:
        parse_experiment({"method": {"prompt": "custom", "custom_prompt": text}})
    assert caught.value.field == "method.custom_prompt"
    return caught.value


def test_custom_prompt_without_a_text_says_what_to_write() -> None:
    assert refused("").message == refused(" \n").message
    assert refused("").message == (
        "The template `custom` needs a text. Write one that holds {prompt_content} once, or choose another "
        "template."
    )


def test_custom_prompt_left_out_is_refused_too() -> None:
    with pytest.raises(ForesightError, match="needs a text") as caught:
        parse_experiment({"method": {"prompt": "custom"}})
    assert caught.value.field == "method.custom_prompt"


def test_custom_prompt_without_or_with_two_places_for_the_context_is_refused() -> None:
    assert refused("Go on: {context}").message.startswith("Your template does not hold {prompt_content}")
    assert refused("{prompt_content} {prompt_content}").message == (
        "Your template holds 2 times {prompt_content}, where the context goes. Write it exactly once."
    )


def test_custom_prompt_is_kept_byte_for_byte_through_yaml() -> None:
    text = "  Box it: \\boxed{}.\n\n\t{prompt_content} \u00e9\n"
    config = parse_experiment({"method": {"prompt": "custom", "custom_prompt": text}})
    assert load_yaml(dump_yaml(config)).rpt.custom_prompt == text


def test_custom_prompt_of_another_template_is_not_judged() -> None:
    assert parse_experiment({"method": {"prompt": "v0", "custom_prompt": "draft"}}).rpt.prompt == "v0"

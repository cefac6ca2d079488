"""Shared-prefix generation against transformers' generate and against a plain forward."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from training.contract.errors import ForesightError
from training.models.generate import GroupRequest, Sampled, generate_groups
from training.models.llama import LlamaForward

PROMPTS = [(5, 6, 7), (9, 10, 11, 12, 13, 14, 15), (40,)]


@pytest.fixture(scope="module")
def ours(tiny_model: Path) -> LlamaForward:
    return LlamaForward.from_folder(tiny_model)


@pytest.fixture(scope="module")
def reference(tiny_model: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)


def _generate(model: LlamaForward, groups: Sequence[GroupRequest], **changes: Any) -> list[list[Sampled]]:
    settings: dict[str, Any] = {
        "max_new_tokens": 12, "temperature": 1.0, "top_p": 1.0, "eos_ids": (), "seed": 0, **changes
    }  # fmt: skip
    generator = torch.Generator().manual_seed(settings.pop("seed"))
    return generate_groups(model, groups, generator=generator, **settings)


def _plain_logprobs(
    model: Any, prompt: tuple[int, ...], response: tuple[int, ...], temperature: float
) -> torch.Tensor:
    with torch.inference_mode():
        logits = model(torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]
    table = (logits / temperature).log_softmax(-1)
    return table.gather(1, torch.tensor(response)[:, None]).squeeze(1)


def test_greedy_tokens_are_those_of_transformers(ours: LlamaForward, reference: Any) -> None:
    groups = [GroupRequest(prompt, samples) for prompt, samples in zip(PROMPTS, (2, 1, 3), strict=True)]
    result = _generate(ours, groups, max_new_tokens=80, temperature=0.0)
    assert [len(rows) for rows in result] == [2, 1, 3]
    for prompt, rows in zip(PROMPTS, result, strict=True):
        expected = reference.generate(
            torch.tensor([prompt]), max_new_tokens=80, do_sample=False, eos_token_id=None, pad_token_id=0
        )[0, len(prompt) :].tolist()
        assert [list(row.token_ids) for row in rows] == [expected] * len(rows)
        assert all(row.truncated for row in rows)


@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_sampled_logprobs_agree_with_a_plain_forward(
    ours: LlamaForward, reference: Any, temperature: float
) -> None:
    groups = [GroupRequest(prompt, 4) for prompt in PROMPTS]
    result = _generate(ours, groups, temperature=temperature, max_new_tokens=70, eos_ids=range(12))
    lengths = {len(row.token_ids) for rows in result for row in rows}
    assert len(lengths) > 3  # rows ended at different steps, so rows were dropped on the way
    for prompt, rows in zip(PROMPTS, result, strict=True):
        for row in rows:
            expected = _plain_logprobs(reference, prompt, row.token_ids, temperature)
            assert row.logprobs == pytest.approx(expected.tolist(), abs=1e-4)


def test_greedy_logprobs_are_those_of_the_plain_distribution(ours: LlamaForward, reference: Any) -> None:
    ((row,),) = _generate(ours, [GroupRequest(PROMPTS[0], 1)], temperature=0.0)
    expected = _plain_logprobs(reference, PROMPTS[0], row.token_ids, 1.0)
    assert row.logprobs == pytest.approx(expected.tolist(), abs=1e-4)


def test_end_token_stops_a_row_and_is_its_last_token(ours: LlamaForward) -> None:
    ((free,),) = _generate(ours, [GroupRequest(PROMPTS[0], 1)], temperature=0.0)
    end = free.token_ids[4]
    first = free.token_ids.index(end)
    ((row,),) = _generate(ours, [GroupRequest(PROMPTS[0], 1)], temperature=0.0, eos_ids={end})
    assert row.token_ids == free.token_ids[: first + 1]
    assert len(row.logprobs) == first + 1
    assert row.truncated is False


def test_row_that_ends_on_its_last_allowed_token_is_not_truncated(ours: LlamaForward) -> None:
    ((free,),) = _generate(ours, [GroupRequest(PROMPTS[0], 1)], temperature=0.0, max_new_tokens=1)
    assert free.truncated is True
    ((row,),) = _generate(
        ours, [GroupRequest(PROMPTS[0], 1)], temperature=0.0, max_new_tokens=1, eos_ids=free.token_ids
    )
    assert row.truncated is False


def test_same_seed_gives_the_same_responses_and_another_does_not(ours: LlamaForward) -> None:
    groups = [GroupRequest(prompt, 3) for prompt in PROMPTS]
    assert _generate(ours, groups, seed=7) == _generate(ours, groups, seed=7)
    assert _generate(ours, groups, seed=7) != _generate(ours, groups, seed=8)


def test_samples_of_a_group_differ(ours: LlamaForward) -> None:
    (rows,) = _generate(ours, [GroupRequest(PROMPTS[0], 4)])
    assert len({row.token_ids for row in rows}) == 4


def test_what_a_row_draws_does_not_depend_on_rows_that_ended(ours: LlamaForward) -> None:
    groups = [GroupRequest(prompt, 4) for prompt in PROMPTS]
    free = _generate(ours, groups, max_new_tokens=30)
    stopped = _generate(ours, groups, max_new_tokens=30, eos_ids=range(20))
    for whole, cut in zip(chain(*free), chain(*stopped), strict=True):
        assert cut.token_ids == whole.token_ids[: len(cut.token_ids)]


def test_no_groups_and_no_samples_give_nothing(ours: LlamaForward) -> None:
    assert _generate(ours, []) == []
    assert _generate(ours, [GroupRequest((5,), 0)]) == [[]]


@pytest.mark.parametrize(("prompt", "room"), [((), 4), ((5,), 0)])
def test_empty_prompt_or_no_room_is_refused(ours: LlamaForward, prompt: tuple[int, ...], room: int) -> None:
    with pytest.raises(ForesightError):
        _generate(ours, [GroupRequest(prompt, 1)], max_new_tokens=room)

"""The compact Llama and the fallback through transformers sample alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.training.tiny import make_tiny_model
from training.engine.cpu.generator import (
    Generator,
    LlamaGenerator,
    SamplingRule,
    TransformersGenerator,
    load_generator,
)
from training.models.generate import GroupRequest
from training.models.sampling import sampling_logprobs

GROUPS = [GroupRequest((10, 11, 12), 2), GroupRequest((13, 14, 15, 16, 17), 1)]
GREEDY = SamplingRule(temperature=0.0, top_p=1.0, max_new_tokens=6)
NO_END = (319,)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("generator"))


def both(folder: Path, end_ids: tuple[int, ...] = NO_END) -> list[Generator]:
    return [kind(folder, end_ids, torch.float32) for kind in (LlamaGenerator, TransformersGenerator)]


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def test_llama_is_served_by_the_compact_forward(folder: Path) -> None:
    assert isinstance(load_generator(folder, NO_END, torch.float32), LlamaGenerator)


def test_greedy_tokens_are_the_same(folder: Path) -> None:
    compact, stock = (generator.generate(GROUPS, GREEDY, seeded()) for generator in both(folder))
    assert [[sample.token_ids for sample in group] for group in compact] == [
        [sample.token_ids for sample in group] for group in stock
    ]
    assert [len(group) for group in stock] == [2, 1]


def test_log_probs_of_sampled_tokens_are_those_of_a_plain_forward(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder)
    rule = SamplingRule(temperature=0.7, top_p=1.0, max_new_tokens=6)
    for generator in both(folder):
        for group, samples in zip(GROUPS, generator.generate(GROUPS, rule, seeded()), strict=True):
            for sample in samples:
                ids = torch.tensor([*group.prompt_ids, *sample.token_ids])[None]
                logs = (model(ids).logits[0] / 0.7).log_softmax(-1)[len(group.prompt_ids) - 1 : -1]
                plain = logs.gather(-1, torch.tensor(sample.token_ids)[:, None])[:, 0]
                torch.testing.assert_close(torch.tensor(sample.logprobs), plain, atol=1e-4, rtol=0)


@pytest.mark.parametrize("top_p", [1.0, 0.5])
def test_entropies_are_of_the_distribution_that_was_drawn_from(folder: Path, top_p: float) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder)
    rule = SamplingRule(temperature=0.7, top_p=top_p, max_new_tokens=6)
    for generator in both(folder):
        for group, samples in zip(GROUPS, generator.generate(GROUPS, rule, seeded()), strict=True):
            for sample in samples:
                ids = torch.tensor([*group.prompt_ids, *sample.token_ids])[None]
                logits = model(ids).logits[0, len(group.prompt_ids) - 1 : -1]
                known = sampling_logprobs(logits, 0.7, top_p)
                plain = torch.special.entr(known.exp()).sum(-1)
                assert len(sample.entropies) == len(sample.token_ids)
                torch.testing.assert_close(torch.tensor(sample.entropies), plain, atol=1e-3, rtol=0)


def test_row_with_a_seed_draws_the_same_whatever_else_is_generated(folder: Path) -> None:
    rule = SamplingRule(temperature=1.0, top_p=0.9, max_new_tokens=6)
    mine, others = GroupRequest((10, 11, 12), 2, (5, 6)), GroupRequest((13, 14), 3, (7, 8, 9))
    for generator in both(folder):
        ((first, second),) = generator.generate([mine], rule)
        beside = generator.generate([others, GroupRequest(mine.prompt_ids, 2, (6, 5))], rule)
        assert [sample.token_ids for sample in beside[1]] == [second.token_ids, first.token_ids]
        assert first.token_ids != second.token_ids


def test_fallback_stops_at_an_end_token_and_keeps_it(folder: Path) -> None:
    free = TransformersGenerator(folder, NO_END, torch.float32).generate(GROUPS, GREEDY, seeded())
    third = free[0][0].token_ids[2]
    first = free[0][0].token_ids.index(third)
    ended = TransformersGenerator(folder, (third,), torch.float32).generate(GROUPS, GREEDY, seeded())
    assert ended[0][0].token_ids == free[0][0].token_ids[: first + 1]
    assert (free[0][0].truncated, ended[0][0].truncated) == (True, False)


def test_new_weights_change_what_is_sampled(folder: Path, tmp_path: Path) -> None:
    other = AutoModelForCausalLM.from_pretrained(make_tiny_model(tmp_path, seed=1))
    for generator in both(folder):
        before = generator.generate(GROUPS, GREEDY, seeded())
        generator.load_state(dict(other.named_parameters()))
        assert generator.generate(GROUPS, GREEDY, seeded()) != before


def test_fallback_refuses_weights_of_another_model(folder: Path) -> None:
    generator = TransformersGenerator(folder, NO_END, torch.float32)
    with pytest.raises(ValueError, match=r"transformer\.h\.0"):
        generator.load_state({"transformer.h.0": torch.zeros(1)})


def test_log_prob_of_a_last_token_is_that_of_a_plain_forward(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.engine.cpu.generator.PACKED_TOKENS", 8)  # two passes
    sequences = [(10, 11, 12), (13, 14), (10, 11, 12, 13, 14, 15), (20, 21)]
    model = AutoModelForCausalLM.from_pretrained(folder)
    plain = [
        float(model(torch.tensor([ids[:-1]])).logits[0, -1].log_softmax(-1)[ids[-1]]) for ids in sequences
    ]
    for generator in both(folder):
        assert generator.last_logprobs(sequences) == pytest.approx(plain, abs=1e-5)

"""One sequence for a prompt and its responses gives the numbers of separate sequences."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from tests.training.tiny import make_tiny_model
from training.engine.cpu.shared_prefix import pack_group

PROMPT = torch.tensor([10, 11, 12, 13])
RESPONSES = [torch.tensor([20, 21, 2]), torch.tensor([22]), torch.tensor([23, 24])]


def test_responses_follow_the_prompt_at_its_positions() -> None:
    packed = pack_group(PROMPT, RESPONSES)
    assert packed.ids.tolist() == [[10, 11, 12, 13, 20, 21, 2, 22, 23, 24]]
    assert packed.positions.tolist() == [[0, 1, 2, 3, 4, 5, 6, 4, 4, 5]]
    assert packed.predictors.tolist() == [3, 4, 5, 3, 3, 8]
    assert packed.labels.tolist() == [20, 21, 2, 22, 23, 24]


def test_response_sees_the_prompt_and_itself_alone() -> None:
    mask = pack_group(PROMPT, RESPONSES).mask[0, 0]
    assert mask[5].tolist() == [True] * 6 + [False] * 4
    assert mask[8].tolist() == [True] * 4 + [False] * 4 + [True, False]


def test_log_probs_are_those_of_separate_sequences(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(make_tiny_model(tmp_path), attn_implementation="sdpa")
    packed = pack_group(PROMPT, RESPONSES)
    shared = model(
        input_ids=packed.ids,
        position_ids=packed.positions,
        attention_mask=packed.mask,
        logits_to_keep=packed.predictors,
    ).logits[0]
    separate = [
        model(input_ids=torch.cat([PROMPT, response])[None]).logits[0, len(PROMPT) - 1 : -1]
        for response in RESPONSES
    ]
    torch.testing.assert_close(shared, torch.cat(separate), atol=1e-5, rtol=0)

"""lambda: the weight of MSR in the loss, on verl's own loss and a batch small enough to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import torch
import transfer_queue
from tensordict import NonTensorData, TensorDict
from verl.utils.config import omega_conf_to_dataclass
from verl.workers.utils.losses import ppo_loss

from training.contract.experiment import parse_experiment
from training.contract.presets import preset
from training.engine.cpu.fsdp import needs_gradient
from training.engine.overrides import EnginePaths, compose
from training.engine.weigh import weigh_advantages, weighted

PATHS = EnginePaths(Path("/m/model"), Path("/m/tasks.parquet"), Path("/m/run7"))
AGGREGATIONS = ("token-mean", "seq-mean-token-mean", "seq-mean-token-sum")

PROMPT = 2
RATIOS = [[1.0, 1.3], [0.6, 1.0, 1.1], [1.5], [0.7, 0.9]]  # some beyond the clip, on either side
OWN = [0.7, -0.7, 1.2, -4.0]
MSR = [False, False, True, True]
LENGTHS = [len(row) for row in RATIOS]
TOKENS = sum(LENGTHS)


def actor(aggregation: str) -> Any:
    data = preset("demo-cpu").model_dump(mode="json")
    data["optimisation"]["loss_aggregation"] = aggregation
    return omega_conf_to_dataclass(compose(parse_experiment(data), PATHS, "cpu").actor_rollout_ref.actor)


def nested(rows: list[torch.Tensor]) -> torch.Tensor:
    return torch.nested.as_nested_tensor(rows, layout=torch.jagged)


def advantages(lam: float) -> torch.Tensor:
    rows = nested([torch.full((length,), value) for length, value in zip(LENGTHS, OWN, strict=True)])
    return weighted(rows, [lam if masked else 1.0 for masked in MSR])


def batch(lam: float, mask: list[bool] | None = None) -> TensorDict:
    """`mask`: rows whose tokens count; the denominators stay those of the whole batch."""
    counted = mask or [True] * len(LENGTHS)
    fields = {
        "prompts": nested([torch.full((PROMPT,), 5) for _ in LENGTHS]),
        "responses": nested([torch.full((length,), 6) for length in LENGTHS]),
        "input_ids": nested([torch.full((PROMPT + length,), 6) for length in LENGTHS]),
        "response_mask": nested(
            [torch.full((length,), int(holds)) for length, holds in zip(LENGTHS, counted, strict=True)]
        ),
        "attention_mask": nested([torch.ones(PROMPT + length, dtype=torch.long) for length in LENGTHS]),
        "old_log_probs": nested([torch.full((length,), -1.0) for length in LENGTHS]),
        "advantages": advantages(lam),
    }
    made = TensorDict(fields, batch_size=len(LENGTHS))
    for name, value in {"dp_size": 1, "batch_num_tokens": TOKENS, "global_batch_size": len(LENGTHS)}.items():
        made[name] = NonTensorData(value)
    return made


def loss_and_gradients(
    lam: float, aggregation: str, mask: list[bool] | None = None
) -> tuple[float, list[torch.Tensor]]:
    """verl's loss, and the gradient at each row's log-probs."""
    rows = [(torch.tensor(ratios).log() - 1.0).requires_grad_() for ratios in RATIOS]
    # One value per token of prompt and response, at the token before the one it is about.
    laid = [torch.cat([torch.zeros(PROMPT - 1), row, torch.zeros(1)]) for row in rows]
    loss, _ = ppo_loss(actor(aggregation), {"log_probs": nested(laid)}, batch(lam, mask))
    loss.backward()
    return float(loss), [cast("torch.Tensor", row.grad) for row in rows]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_lambda_of_0_gives_exactly_no_gradient_from_masked_segments(aggregation: str) -> None:
    _, gradients = loss_and_gradients(0.0, aggregation)
    for masked, gradient in zip(MSR, gradients, strict=True):
        assert bool((gradient == 0).all()) is masked


@pytest.mark.parametrize("aggregation", ["token-mean", "seq-mean-token-sum"])
def test_lambda_of_0_is_leaving_them_out_under_the_same_denominators(aggregation: str) -> None:
    loss, gradients = loss_and_gradients(0.0, aggregation)
    without, masked = loss_and_gradients(1.0, aggregation, [not one for one in MSR])
    assert loss == pytest.approx(without, abs=1e-7)
    for ours, theirs in zip(gradients, masked, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-7, rtol=0)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_loss_and_gradients_are_linear_in_lambda(aggregation: str) -> None:
    """Between any two values the third lies on their line, clipped and dual-clipped tokens among them."""
    low, high, between = (loss_and_gradients(lam, aggregation) for lam in (0.0, 1.0, 0.3))
    assert high[0] != pytest.approx(low[0], abs=1e-3)
    assert between[0] == pytest.approx(0.7 * low[0] + 0.3 * high[0], abs=1e-6)
    for at_low, at_high, at_between in zip(low[1], high[1], between[1], strict=True):
        torch.testing.assert_close(at_between, 0.7 * at_low + 0.3 * at_high, atol=1e-6, rtol=0)


def test_step_of_masked_segments_alone_at_lambda_0_needs_no_backward_pass() -> None:
    from functools import partial

    loss = partial(ppo_loss, config=actor("token-mean"))
    assert needs_gradient(batch(0.0), loss) is True
    alone = TensorDict({"advantages": weighted(nested([torch.ones(2)]), [0.0])}, batch_size=1)
    assert needs_gradient(alone, loss) is False


def test_weights_go_to_the_rows_of_their_task_and_verls_own_copy_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored: dict[str, Any] = {}

    def put(*, keys: list[str], partition_id: str, fields: TensorDict) -> None:
        stored.update(zip(keys, fields["advantages"].unbind(), strict=True))
        assert (partition_id, list(fields.keys())) == ("train", ["advantages"])

    rows = {"index": [7, 8], "advantages": nested([torch.ones(2), -torch.ones(3)])}
    monkeypatch.setattr(transfer_queue, "kv_batch_get", lambda **_: rows)
    monkeypatch.setattr(transfer_queue, "kv_batch_put", put)
    weigh_advantages(["a_0_0", "b_0_0"], "train", lambda row: 0.5 if row == 8 else 1.0)
    assert [stored[key].tolist() for key in ("a_0_0", "b_0_0")] == [[1.0, 1.0], [-0.5, -0.5, -0.5]]


def test_weight_of_1_for_all_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"index": [7], "advantages": nested([torch.ones(2)])}
    monkeypatch.setattr(transfer_queue, "kv_batch_get", lambda **_: rows)
    monkeypatch.setattr(transfer_queue, "kv_batch_put", lambda **_: pytest.fail("nothing is to be stored"))
    weigh_advantages(["a_0_0"], "train", lambda row: 1.0)

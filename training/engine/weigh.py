"""Weights of tasks in the loss, put on the advantages that verl computed.

The clipped surrogate of a token is linear in its advantage as long as the sign stays: with A times w,
w not negative, every branch of min and clip is w times what it was. So a weight of a row's advantages
is a weight of the row in the loss, for every loss aggregation, and 0 takes it out of the gradient while
it still counts in the denominators. KL and entropy terms, where there are any, are not weighted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from tensordict import TensorDict


def weigh_advantages(keys: Sequence[str], partition: str, weight_of: Callable[[int], float]) -> None:
    """Multiply the advantages of these keys by the weight of their dataset row.

    verl's copy of them, `returns`, stays as it was: it is what a rollout file shows.
    """
    import transfer_queue

    data = transfer_queue.kv_batch_get(
        keys=list(keys), partition_id=partition, select_fields=["index", "advantages"]
    )
    weights = [weight_of(int(row)) for row in data["index"]]
    if all(weight == 1.0 for weight in weights):
        return
    fields = TensorDict({"advantages": weighted(data["advantages"], weights)}, batch_size=len(keys))
    transfer_queue.kv_batch_put(keys=list(keys), partition_id=partition, fields=fields)


def weighted(advantages: Any, weights: Sequence[float]) -> torch.Tensor:
    """Rows of different lengths, each times its weight."""
    rows = [row * weight for row, weight in zip(advantages.unbind(), weights, strict=True)]
    return torch.nested.as_nested_tensor(rows, layout=torch.jagged)

"""verl's FSDP2 engine on the CPU.

verl imports this module as `model.external_lib`, in a worker before it joins its process group.
verl would build the group "cpu:gloo,cpu:gloo", which torch refuses, and skips that when a group
exists: so the group is made here.

The loss, the optimiser and the checkpoints are verl's. The forward pass computes a prompt once for
all its responses (`shared_prefix.py`) and the head at response tokens alone, which is where the
time goes without a GPU; its log-probs are those of the stock engine.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import Any
from unittest import mock

import torch
import torch.distributed as dist
from verl.utils import tensordict_utils
from verl.utils.metric import AggregationType, Metric
from verl.workers.engine import EngineRegistry, FSDPEngineWithLMHead

from training.engine.cpu.shared_prefix import pack_group


def _join_group() -> None:
    if os.environ.get("WG_BACKEND") == "ray" and "RANK" in os.environ and not dist.is_initialized():
        dist.init_process_group(
            "gloo", rank=int(os.environ["RANK"]), world_size=int(os.environ["WORLD_SIZE"])
        )


_join_group()


@EngineRegistry.register(model_type="language_model", backend=["fsdp", "fsdp2"], device="cpu")
class CpuEngine(FSDPEngineWithLMHead):
    """The stock engine, except where it takes an accelerator for granted or wastes a CPU's time."""

    def _build_module(self) -> Any:
        # Where TRL is installed, verl patches its value head, which TRL 1.x no longer has: the import
        # fails. No value head is used here, so that a run does not depend on what else is installed.
        from verl.models.transformers import monkey_patch

        with mock.patch.object(monkey_patch, "is_trl_available", return_value=False):
            module = super()._build_module()  # type: ignore[no-untyped-call]
        self._shares_prefix = shares_prefix(module)
        return module

    def _build_fsdp_module(self, module: torch.nn.Module) -> Any:
        # A forward-only (reference) module gets an offload policy with pinned memory, which needs an
        # accelerator. There is nothing to offload from here.
        forward_only = self.engine_config.forward_only
        object.__setattr__(self.engine_config, "forward_only", False)
        try:
            return super()._build_fsdp_module(module)  # type: ignore[no-untyped-call]
        finally:
            object.__setattr__(self.engine_config, "forward_only", forward_only)

    def forward_step(
        self, micro_batch: Any, loss_function: Callable[..., Any] | None, forward_only: bool
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        """Log-probs of the responses and, in training, the loss with its graph.

        Where no rollout of the micro-batch has an advantage, the surrogate loss has no gradient and
        none is computed.
        """
        if tensordict_utils.get_non_tensor_data(micro_batch, "on_policy", default=False):
            loss_function = loss_function and on_policy(loss_function)
        if not self._shares_prefix:
            result: tuple[torch.Tensor, dict[str, Any]] = super().forward_step(
                micro_batch, loss_function, forward_only
            )
            return result
        learns = not forward_only and needs_gradient(micro_batch, loss_function)
        with torch.set_grad_enabled(learns):
            outputs = self._response_outputs(micro_batch)
            if loss_function is None:
                loss, metrics = torch.ones(()), {}
            else:
                loss, metrics = loss_function(
                    model_output=outputs, data=micro_batch, dp_group=dist.group.WORLD
                )
        if not forward_only and not learns:
            loss = loss.detach().requires_grad_()  # verl calls backward() on whatever comes back
        detached = {name: value.detach() for name, value in outputs.items()}
        return loss, {"model_output": detached, "loss": loss.detach().item(), "metrics": metrics}

    def optimizer_step(self) -> float:
        """verl's step. A parameter without a gradient has a zero one, as after a full backward pass."""
        for parameter in self.module.parameters():
            if parameter.requires_grad and parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        norm: float = super().optimizer_step()  # type: ignore[no-untyped-call]
        return norm

    def _response_outputs(self, micro_batch: Any) -> dict[str, torch.Tensor]:
        """Log-probs (and entropy, if asked for) at response tokens, as verl lays them out: one value
        per token of prompt and response, at the token before the one it is about; 0 elsewhere."""
        prompts, responses = micro_batch["prompts"].unbind(), micro_batch["responses"].unbind()
        ends = micro_batch["input_ids"].offsets()[1:].tolist()
        members: dict[tuple[int, ...], list[int]] = {}
        for row, prompt in enumerate(prompts):
            members.setdefault(tuple(prompt.tolist()), []).append(row)
        temperature = float(torch.as_tensor(micro_batch["temperature"]).flatten()[0])
        wants_entropy = tensordict_utils.get_non_tensor_data(micro_batch, "calculate_entropy", default=False)
        places, logprobs, entropies = [], [], []
        for rows in members.values():
            group = pack_group(prompts[rows[0]], [responses[row] for row in rows])
            logs = self._log_distribution(group, temperature)
            logprobs.append(logs.gather(-1, group.labels[:, None])[:, 0])
            if wants_entropy:
                entropies.append(-(logs.exp() * logs).sum(-1))
            places += [torch.arange(ends[row] - len(responses[row]), ends[row]) - 1 for row in rows]
        where = torch.cat(places)
        outputs = {"log_probs": self._lay_out(logprobs, where, micro_batch)}
        if wants_entropy:
            outputs["entropy"] = self._lay_out(entropies, where, micro_batch)
        return outputs

    def _log_distribution(self, group: Any, temperature: float) -> torch.Tensor:
        """Log-probs over the vocabulary where response tokens are predicted, float32 (N, V)."""
        output = self.module(
            input_ids=group.ids,
            position_ids=group.positions,
            attention_mask=group.mask,
            logits_to_keep=group.predictors,
            use_cache=False,
        )
        return (output.logits[0].float() / temperature).log_softmax(-1)

    def _lay_out(self, values: list[torch.Tensor], where: torch.Tensor, micro_batch: Any) -> torch.Tensor:
        offsets = micro_batch["input_ids"].offsets()
        flat = torch.zeros(int(offsets[-1])).index_copy(0, where, torch.cat(values))
        return torch.nested.nested_tensor_from_jagged(flat, offsets)


def shares_prefix(module: torch.nn.Module) -> bool:
    """Whether the model takes a full attention mask and computes its head at chosen places alone.

    A sliding window would be lost with a mask of our own.
    """
    config = getattr(module, "config", None)
    windowed = getattr(config, "sliding_window", None) is not None and getattr(
        config, "use_sliding_window", True
    )
    return not windowed and "logits_to_keep" in inspect.signature(module.forward).parameters


def on_policy(loss_function: Callable[..., Any]) -> Callable[..., Any]:
    """The loss of a batch's only update: its old log-probs are its own, and the ratio is exactly 1.

    verl would compute them in a forward pass of the same weights on the same tokens before the
    update. How far the rollout's log-probs are from them is reported as `rollout_kl`.
    """

    @functools.wraps(loss_function)
    def loss(model_output: dict[str, torch.Tensor], data: Any, dp_group: Any = None) -> Any:
        own = _responses_of(model_output["log_probs"], data)
        gap = (data["rollout_log_probs"].values() - own.values()).mean()
        data["old_log_probs"] = own
        value, metrics = loss_function(model_output=model_output, data=data, dp_group=dp_group)
        return value, {**metrics, "rollout_kl": Metric(value=gap, aggregation=AggregationType.MEAN)}

    loss.keywords = getattr(loss_function, "keywords", {})  # type: ignore[attr-defined]
    return loss


def needs_gradient(micro_batch: Any, loss_function: Callable[..., Any] | None) -> bool:
    """Whether the loss of a micro-batch depends on the weights: through an advantage, the entropy
    bonus or the KL term. Unknown losses do."""
    config = getattr(loss_function, "keywords", {}).get("config")
    if config is None or "advantages" not in micro_batch:
        return True
    if config.entropy_coeff != 0 or config.use_kl_loss:
        return True
    return bool(micro_batch["advantages"].values().any())


def _responses_of(values: torch.Tensor, micro_batch: Any) -> torch.Tensor:
    """The response part of a value per token, detached and nested as verl stores it."""
    lengths = micro_batch["responses"].offsets().diff().tolist()
    parts = [
        row[len(row) - length - 1 : len(row) - 1].detach()
        for row, length in zip(values.unbind(), lengths, strict=True)
    ]
    return torch.nested.as_nested_tensor(parts, layout=torch.jagged)

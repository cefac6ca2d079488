"""verl's FSDP2 engine on the CPU.

verl imports this module as `model.external_lib`, in a worker before it joins its process group.
verl would build the group "cpu:gloo,cpu:gloo", which torch refuses, and skips that when a group
exists: so the group is made here.
"""

from __future__ import annotations

import os
from typing import Any
from unittest import mock

import torch
import torch.distributed as dist
from verl.workers.engine import EngineRegistry, FSDPEngineWithLMHead


def _join_group() -> None:
    if os.environ.get("WG_BACKEND") == "ray" and "RANK" in os.environ and not dist.is_initialized():
        dist.init_process_group(
            "gloo", rank=int(os.environ["RANK"]), world_size=int(os.environ["WORLD_SIZE"])
        )


_join_group()


@EngineRegistry.register(model_type="language_model", backend=["fsdp", "fsdp2"], device="cpu")
class CpuEngine(FSDPEngineWithLMHead):
    """The stock engine, except where it takes an accelerator for granted."""

    def _build_module(self) -> Any:
        # Where TRL is installed, verl patches its value head, which TRL 1.x no longer has: the import
        # fails. No value head is used here, so that a run does not depend on what else is installed.
        from verl.models.transformers import monkey_patch

        with mock.patch.object(monkey_patch, "is_trl_available", return_value=False):
            return super()._build_module()

    def _build_fsdp_module(self, module: torch.nn.Module) -> Any:
        # A forward-only (reference) module gets an offload policy with pinned memory, which needs an
        # accelerator. There is nothing to offload from here.
        forward_only = self.engine_config.forward_only
        object.__setattr__(self.engine_config, "forward_only", False)
        try:
            return super()._build_fsdp_module(module)
        finally:
            object.__setattr__(self.engine_config, "forward_only", forward_only)

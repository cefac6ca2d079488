"""The `cpu` platform for verl, and where the CPU rollout is registered.

verl imports this module at the end of its own import (VERL_USE_EXTERNAL_MODULES), in the driver
and in every Ray worker. It adds to verl's registries and changes nothing in verl itself.
"""

from __future__ import annotations

import os
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import torch
from verl.plugin.platform import PlatformBase, PlatformRegistry

from training.engine.overrides import CPU_ROLLOUT

_CPU = torch.device("cpu")


def _resident_bytes(*_: object) -> int:
    return int(psutil.Process().memory_info().rss)


class _DeviceModule(types.ModuleType):
    """`torch.cpu` with the calls of `torch.cuda` that verl makes on the device module."""

    memory_allocated = max_memory_allocated = staticmethod(_resident_bytes)
    memory_reserved = max_memory_reserved = staticmethod(_resident_bytes)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch.cpu, name)

    def is_available(self) -> bool:
        return False  # verl's memory and profiler helpers ask this before they use CUDA

    def mem_get_info(self, *_: object) -> tuple[int, int]:
        memory = psutil.virtual_memory()
        return memory.available, memory.total

    def current_device(self) -> torch.device:
        return _CPU

    def get_device_name(self, *_: object) -> str:
        return "CPU"

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        torch.manual_seed(seed)

    def get_rng_state(self, *_: object) -> torch.Tensor:
        return torch.get_rng_state()

    def set_rng_state(self, state: torch.Tensor, *_: object) -> None:
        torch.set_rng_state(state)

    def _nothing(self, *_: object) -> None:
        """There is no device memory to manage and nothing to wait for."""

    empty_cache = ipc_collect = reset_peak_memory_stats = set_device = synchronize = _nothing


_MODULE = _DeviceModule("foresight_torch_cpu")


@PlatformRegistry.register(platform="cpu")
class CpuPlatform(PlatformBase):
    """A machine without an accelerator: gloo for collectives, one logical device per process."""

    device_name = "cpu"
    vendor_name = "cpu"
    device_module = _MODULE

    def is_available(self) -> bool:
        return True

    def is_platform_available(self, use_smi_check: bool = False) -> bool:
        return os.environ.get("VERL_PLATFORM") == "cpu"

    def current_device(self) -> torch.device:  # type: ignore[override]  # verl calls tensor.to() with it
        return _CPU

    def device_count(self) -> int:
        return 1

    def set_device(self, device_index: int) -> None:
        _MODULE.set_device(device_index)

    def synchronize(self, device_index: int | None = None) -> None:
        _MODULE.synchronize(device_index)

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        torch.manual_seed(seed)

    def set_allocator_settings(self, settings: str) -> None:
        """The CPU allocator takes none."""

    def empty_cache(self) -> None:
        _MODULE.empty_cache()

    def get_device_capability(self, device_index: int = 0) -> tuple[int | None, int | None]:
        return None, None

    def communication_backend_name(self) -> str:
        return "gloo"

    def visible_devices_envvar(self) -> str:
        return "CUDA_VISIBLE_DEVICES"

    @contextmanager
    def nvtx_range(self, msg: str) -> Iterator[None]:
        yield

    def profiler_start(self) -> None:
        """No device profiler."""

    def profiler_stop(self) -> None:
        """No device profiler."""

    def ray_resource_name(self) -> str:
        return "GPU"  # verl's placement groups ask for it; launch gives Ray a logical one

    def ray_noset_envvars(self) -> list[str]:
        return []

    def is_ipc_supported(self) -> bool:
        return False

    def cudart(self) -> None:
        return None


def _load_replica() -> type[Any]:
    from training.engine.cpu.rollout import CpuReplica

    return CpuReplica


def _register_rollout() -> None:
    from verl.workers.rollout import base
    from verl.workers.rollout.replica import RolloutReplicaRegistry

    base._ROLLOUT_REGISTRY[(CPU_ROLLOUT, "async")] = "training.engine.cpu.rollout.CpuWeightSender"
    RolloutReplicaRegistry.register(CPU_ROLLOUT, _load_replica)


if os.environ.get("VERL_PLATFORM") == "cpu":
    _register_rollout()

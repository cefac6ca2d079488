"""The batch arithmetic of GRPO: contexts become rollouts, rollouts become updates. Pure; all counts are above 0."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Literal

DivisionName = Literal["updates", "devices", "micro_batches", "replicas"]
_LARGEST = 10**9  # a person types anything


@dataclass(frozen=True, slots=True)
class Division:
    """A count that has to be shared out evenly."""

    name: DivisionName
    total: int
    by: int
    setting: str  # the one to change where it does not divide
    fault: str  # what is wrong and what to set; only true where it does not divide

    @property
    def each(self) -> int:
        return self.total // self.by

    @property
    def rest(self) -> int:
        return self.total % self.by

    @property
    def fits(self) -> bool:
        return self.rest == 0

    @property
    def nearest(self) -> int | None:
        """The divisor of the total that is nearest to `by`, of two the smaller; None for counts beyond any use."""
        if not 0 < self.total <= _LARGEST:
            return None
        small = [number for number in range(1, isqrt(self.total) + 1) if self.total % number == 0]
        divisors = (*small, *(self.total // number for number in small))
        return min(divisors, key=lambda number: (abs(number - self.by), number))


@dataclass(frozen=True, slots=True)
class Batches:
    """The settings that have to divide."""

    contexts: int  # of a step
    group_size: int
    mini_batch: int  # contexts of an update
    devices: int
    micro_batch: int  # rollouts of one forward and backward pass on one device
    tensor_parallel: int

    @property
    def rollouts(self) -> int:
        """Of a step."""
        return self.contexts * self.group_size

    @property
    def rollouts_per_update(self) -> int:
        return self.mini_batch * self.group_size

    @property
    def rollouts_per_device(self) -> int:
        """Of an update."""
        return self.rollouts_per_update // self.devices

    def divisions(self) -> tuple[Division, ...]:
        """What has to divide, in the order it happens. After the first that does not, the rest mean little."""
        batch, mini = self.contexts, self.mini_batch
        return (
            Division(
                "updates",
                batch,
                mini,
                "optimisation.mini_batch_contexts",
                f"optimisation.contexts_per_step ({batch}) does not divide by "
                f"optimisation.mini_batch_contexts ({mini}): {batch} = {batch // mini} x {mini} + {batch % mini}. "
                f"Set mini_batch_contexts to a divisor of {batch}.",
            ),
            Division(
                "devices",
                self.rollouts_per_update,
                self.devices,
                "resources.gpus_per_node",
                f"optimisation.mini_batch_contexts x sampling.group_size ({mini} x {self.group_size} = "
                f"{self.rollouts_per_update} rollouts) does not divide by the {self.devices} devices of "
                "resources.nodes x resources.gpus_per_node. Change the mini-batch or the devices.",
            ),
            Division(
                "micro_batches",
                self.rollouts_per_device,
                self.micro_batch,
                "resources.micro_batch_rollouts",
                f"resources.micro_batch_rollouts ({self.micro_batch}) does not divide the "
                f"{self.rollouts_per_device} rollouts of an update on one device (optimisation.mini_batch_contexts x "
                f"sampling.group_size / devices). Set it to a divisor of {self.rollouts_per_device}.",
            ),
            Division(
                "replicas",
                self.devices,
                self.tensor_parallel,
                "resources.tensor_parallel",
                f"resources.tensor_parallel ({self.tensor_parallel}) does not divide the {self.devices} devices.",
            ),
        )

    @property
    def faulty(self) -> Division | None:
        """The first division with a rest."""
        return next((one for one in self.divisions() if not one.fits), None)

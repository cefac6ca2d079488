"""The rollout server of the CPU: a Ray actor that samples from the weights last sent to it.

It answers the calls verl makes on a rollout replica. Requests that arrive together and share
their prompt are generated as one group, so that the prompt is computed once for all its samples.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import torch
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from verl.workers.rollout.base import BaseRollout
from verl.workers.rollout.replica import RolloutReplica, TokenOutput

from training.engine.batch import ENTROPIES
from training.engine.cpu.generator import SamplingRule, load_generator
from training.engine.tokens import end_token_ids
from training.models.generate import GroupRequest, Sampled

QUIET_SECONDS = 0.02
"""How long no request may arrive before those waiting are taken as one batch."""


@dataclass(frozen=True, slots=True)
class _Request:
    prompt_ids: tuple[int, ...]
    rule: SamplingRule | None  # None: the log-prob of the last token is asked for, nothing is sampled
    seed: int  # of the response's own stream of random numbers
    answer: asyncio.Future[Any]  # Sampled, or a log-prob


class RolloutServer:
    """Tokens in, tokens out."""

    def __init__(self, config: Any, model_path: str, seed: int) -> None:
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        folder = Path(model_path)
        self._config = config
        dtype: torch.dtype = getattr(torch, config.dtype)  # float32 or bfloat16
        self._generator = load_generator(folder, end_token_ids(folder), dtype)
        self._random = random.Random(seed)
        self._waiting: list[_Request] = []
        self._batcher: asyncio.Task[None] | None = None
        self._step: int | None = None

    async def ready(self) -> bool:
        """Answers once the model is loaded."""
        return True

    async def generate(
        self, prompt_ids: Sequence[int], sampling_params: dict[str, Any], request_id: str, **_: object
    ) -> TokenOutput:
        """One response. `max_tokens` of the sampling parameters is its limit.

        With a `seed` in the sampling parameters it hangs on the weights, the prompt and the seed alone, not
        on what else is asked, and when.

        With `prompt_logprobs` (as vLLM calls it) the prompt is scored instead: `extra_fields` then ends, as
        in verl, with the log-prob of the prompt's last token and a 0 for what follows. The tokens before it
        are left out, which nobody asks for and whose head costs a CPU more than all the rest.
        """
        if sampling_params.get("prompt_logprobs") is not None:
            value = await self._ask(prompt_ids, None, 0)
            fields = {"global_steps": self._step, "prompt_logprobs": [[value], [0.0]]}
            return TokenOutput(token_ids=[], log_probs=[], stop_reason="completed", extra_fields=fields)
        rule = SamplingRule(
            temperature=float(sampling_params["temperature"]),
            top_p=float(sampling_params["top_p"]),
            max_new_tokens=int(sampling_params.get("max_tokens", self._config.response_length)),
        )
        own = sampling_params.get("seed")
        seed = self._random.getrandbits(63) if own is None else _seed_of(own, prompt_ids)
        sampled: Sampled = await self._ask(prompt_ids, rule, seed)
        return TokenOutput(
            token_ids=list(sampled.token_ids),
            log_probs=list(sampled.logprobs),
            stop_reason="completed",
            num_preempted=0,
            extra_fields={"global_steps": self._step, ENTROPIES: list(sampled.entropies)},
        )

    async def _ask(self, prompt_ids: Sequence[int], rule: SamplingRule | None, seed: int) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(tuple(prompt_ids), rule, seed, answer))
        if self._batcher is None or self._batcher.done():
            self._batcher = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self._waiting:
            seen = -1
            while seen != len(self._waiting):
                seen = len(self._waiting)
                await asyncio.sleep(QUIET_SECONDS)
            batch, self._waiting = self._waiting, []
            for rule in dict.fromkeys(request.rule for request in batch):
                asking = [request for request in batch if request.rule == rule]
                try:
                    await (self._score(asking) if rule is None else self._sample(asking, rule))
                except Exception as error:
                    for request in asking:
                        if not request.answer.done():
                            request.answer.set_exception(error)

    async def _score(self, requests: Sequence[_Request]) -> None:
        """Hand each request the log-prob of its prompt's last token."""
        prompts = [request.prompt_ids for request in requests]
        values = await asyncio.to_thread(self._generator.last_logprobs, prompts)
        for request, value in zip(requests, values, strict=True):
            request.answer.set_result(value)

    async def _sample(self, requests: Sequence[_Request], rule: SamplingRule) -> None:
        """Generate for all requests of one rule and hand each its sample."""
        by_prompt: dict[tuple[int, ...], list[_Request]] = {}
        for request in sorted(requests, key=lambda request: (request.prompt_ids, request.seed)):
            by_prompt.setdefault(request.prompt_ids, []).append(request)
        groups = [
            GroupRequest(prompt, len(asking), tuple(request.seed for request in asking))
            for prompt, asking in by_prompt.items()
        ]
        samples = await asyncio.to_thread(self._generator.generate, groups, rule)
        for asking, given in zip(by_prompt.values(), samples, strict=True):
            for request, sampled in zip(asking, given, strict=True):
                request.answer.set_result(sampled)

    async def load_weights(self, named_arrays: dict[str, Any], step: int | None) -> None:
        """Take the weights of step `step`; what is sampled next comes from them."""
        tensors = {name: torch.from_numpy(array) for name, array in named_arrays.items()}
        await asyncio.to_thread(self._generator.load_state, tensors)
        self._step = step

    async def abort_all_requests(self, reject_request: bool = False) -> dict[str, Any]:
        """Nothing is aborted: on-policy training waits for every response."""
        return {"aborted_count": 0, "request_ids": []}

    async def _nothing(self, *_: object, **__: object) -> None:
        """The weights stay in memory, and there is no cache between requests."""

    wake_up = sleep = clear_kv_cache = release_kv_cache = resume_kv_cache = _nothing
    resume_generation = start_profile = stop_profile = _nothing


class CpuReplica(RolloutReplica):
    """verl's handle on one rollout server."""

    async def launch_servers(self) -> None:
        """Start the server on the node of the workers it serves."""
        node = await self.workers[0].__ray_call__.remote(lambda _: ray.get_runtime_context().get_node_id())
        name = server_name(self.replica_rank)
        server = (
            ray.remote(RolloutServer)
            .options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node_id=node, soft=False),
                name=name,
                max_concurrency=self.max_concurrency,
                num_cpus=0,
            )
            .remote(self.config, self.model_config.path, self.config.seed + self.replica_rank)
        )
        await server.ready.remote()
        self.servers = [server]
        self._server_handle = server
        self._server_address = name


class CpuWeightSender(BaseRollout):
    """The trainer's side of a rollout server: sends it the weights after every update."""

    def __init__(
        self, config: Any, model_config: Any, device_mesh: Any, replica_rank: int = -1, **_: object
    ) -> None:
        super().__init__(config, model_config, device_mesh)
        rank = int(os.environ["RANK"])
        self._replica = rank if replica_rank == -1 else replica_rank
        self._server: Any = None

    async def resume(self, tags: list[str]) -> None:
        """The server's weights are always in memory."""

    async def release(self) -> None:
        """As for resume."""

    async def update_weights(
        self,
        weights: Iterable[tuple[str, torch.Tensor]],
        wire_format: str = "named_tensors",
        global_steps: int | None = None,
        **_: object,
    ) -> None:
        """Send all weights. As arrays they travel through shared memory without a copy."""
        arrays = {name: tensor.detach().float().cpu().numpy() for name, tensor in weights}
        if self._server is None:
            self._server = ray.get_actor(server_name(self._replica))
        await self._server.load_weights.remote(arrays, global_steps)


def _seed_of(asked: int, prompt_ids: Sequence[int]) -> int:
    """Of a response's own stream: several prompts may be asked with one seed."""
    digest = hashlib.blake2b(f"{asked} {list(prompt_ids)}".encode(), digest_size=7).digest()
    return int.from_bytes(digest)


def server_name(replica: int) -> str:
    """Ray's name for the server of a replica."""
    return f"foresight_rollout_{replica}"

"""How a run's own rollout servers are asked in an evaluation, and which evaluations are done already."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.webapp.evaluations.made import made_result
from training.contract.events import EvaluationDone, LogLine
from training.contract.stream import EventWriter, spool_path
from training.engine.evaluator import ServerSampler, evaluated_steps
from training.engine.sampler import AskedRule

END = 2


class Client:
    """Answers with the prompt's first token and its own number, in an order of its own."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[int, ...], dict[str, Any]]] = []

    async def generate(
        self, request_id: str, *, prompt_ids: list[int], sampling_params: dict[str, Any]
    ) -> Any:
        number = len(self.asked)
        self.asked.append((tuple(prompt_ids), sampling_params))
        await asyncio.sleep(0.001 * (5 - number))  # the last asked is the first to answer
        ids = [prompt_ids[0], number, END if prompt_ids[0] == 10 else 7]
        return SimpleNamespace(token_ids=ids, log_probs=None)


def test_answers_come_in_the_order_of_prompts_and_samples() -> None:
    found = ServerSampler(Client(), [END]).sample([(10, 1), (20, 1)], AskedRule(2, 0.7, 1.0, 8, 3))
    assert [[one.token_ids for one in group] for group in found] == [
        [(10, 0, END), (10, 1, END)],
        [(20, 2, 7), (20, 3, 7)],
    ]
    assert [[one.truncated for one in group] for group in found] == [[False, False], [True, True]]


def test_each_sample_of_a_prompt_has_a_seed_of_its_own() -> None:
    client = Client()
    ServerSampler(client, [END]).sample([(10,), (20,)], AskedRule(2, 0.7, 0.9, 8, 64))
    assert [parameters["seed"] for _, parameters in client.asked] == [128, 129, 128, 129]
    assert {(parameters["max_tokens"], parameters["top_p"]) for _, parameters in client.asked} == {(8, 0.9)}


def test_greedy_request_draws_nothing_and_has_no_seed() -> None:
    client = Client()
    ServerSampler(client, [END]).sample([(10,)], AskedRule(1, 0.0, 1.0, 1, 64))
    ((prompt, parameters),) = client.asked
    assert prompt == (10,)
    assert "seed" not in parameters
    assert (parameters["temperature"], parameters["max_tokens"]) == (0.0, 1)


def test_evaluated_steps_are_those_of_every_attempt(tmp_path: Path) -> None:
    for attempt, steps in ((1, (0, 2)), (2, (4,))):
        writer = EventWriter(spool_path(tmp_path, attempt))
        writer.emit(LogLine(text="begins"))
        for step in steps:
            writer.emit(EvaluationDone(step=step, result=made_result(10)))
    assert evaluated_steps(tmp_path) == {0, 2, 4}
    assert evaluated_steps(tmp_path / "nowhere") == set()

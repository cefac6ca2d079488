"""What the CPU's rollout server draws: it hangs on who asks, not on when, or beside whom."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.engine.cpu.rollout import RolloutServer

PROMPT, OTHER = (10, 11, 12), (13, 14, 15, 16, 17)
AT_ONE = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("rollout"))


def ask(folder: Path, *asked: tuple[tuple[int, ...], int | None], of: int = 3) -> list[list[int]]:
    """The tokens for each (prompt, seed), asked for together from a server of seed `of`."""
    server = RolloutServer(SimpleNamespace(dtype="float32", response_length=8), str(folder), of)

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(
            *(server.generate(list(prompt), {**AT_ONE, "seed": seed}, "any") for prompt, seed in asked)
        )

    return [output.token_ids for output in asyncio.run(all_of_them())]


def test_response_with_a_seed_is_the_same_alone_and_among_others_in_any_order(folder: Path) -> None:
    (alone,) = ask(folder, (PROMPT, 71))
    first, second, other = ask(folder, (PROMPT, 70), (PROMPT, 71), (OTHER, 80))
    assert alone == second != first
    assert ask(folder, (OTHER, 80), (PROMPT, 71), (PROMPT, 70), of=4) == [other, second, first]


def test_prompts_that_share_a_seed_draw_apart(folder: Path) -> None:
    first, other = ask(folder, (PROMPT, 9), (OTHER, 9))
    assert first != other


def test_responses_without_a_seed_hang_on_the_servers(folder: Path) -> None:
    first, second = ask(folder, (PROMPT, None), (PROMPT, None))
    assert first != second
    assert sorted(ask(folder, (PROMPT, None), (PROMPT, None))) == sorted([first, second])
    assert sorted(ask(folder, (PROMPT, None), (PROMPT, None), of=4)) != sorted([first, second])

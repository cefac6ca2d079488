"""The run's judge as a server: pairs are gathered, failures reach everyone, and what was judged is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.engine import judge_server
from training.engine.judge_server import JudgeCounts, JudgeServer, Tally
from training.judging.down import JudgeDown
from training.judging.pair import Pair
from training.records import Verdict

MADE = JudgeConfig(kind="deterministic_for_tests")


def pair(number: int) -> Pair:
    return Pair("prefix", "the reference", f"prediction {number}")


class FakeJudge:
    """Scores by whether a number is even; raises what it is told to."""

    name = "fake"

    def __init__(self, on_retry: Callable[[str], None]) -> None:
        self.on_retry = on_retry
        self.batches: list[list[Pair]] = []
        self.fails: BaseException | None = None
        self.slow = asyncio.Event()
        self.slow.set()

    async def verdicts(self, pairs: Sequence[Pair]) -> list[Verdict]:
        self.batches.append(list(pairs))
        await self.slow.wait()
        if self.fails is not None:
            self.on_retry("The judge does not answer (down); asked again in 1.0 s, retry 1 of 1.")
            raise self.fails
        return [Verdict(int(one.predicted[-1]) % 2, "Score", "fake", False, 0.5) for one in pairs]


Play = Callable[[JudgeServer, FakeJudge], Coroutine[Any, Any, None]]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Play], None]:
    """Runs a coroutine on a server that has a fake judge."""

    def play(scene: Play) -> None:
        async def on_stage() -> None:
            judges: list[FakeJudge] = []

            def opened(config: JudgeConfig, *, on_retry: Callable[[str], None], **_: object) -> FakeJudge:
                judges.append(FakeJudge(on_retry))
                return judges[-1]

            monkeypatch.setattr(judge_server, "open_judge", opened)
            server = JudgeServer(MADE, tmp_path, tmp_path, tmp_path / "judged.1.jsonl", "cpu", 1)
            assert await server.open() == "fake"
            await scene(server, judges[0])

        asyncio.run(on_stage())

    return play


def test_pairs_that_come_together_are_one_batch_and_each_gets_its_verdict(
    played: Callable[[Play], None],
) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        verdicts = await asyncio.gather(*(server.verdict(pair(number)) for number in range(5)))
        assert [one and one.score for one in verdicts] == [0, 1, 0, 1, 0]
        assert judge.batches == [[pair(number) for number in range(5)]]

    played(scene)


def test_pair_that_comes_later_does_not_wait_for_a_slow_batch(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        judge.slow.clear()
        first = asyncio.create_task(server.verdict(pair(1)))
        while len(judge.batches) < 1:
            await asyncio.sleep(0.001)
        second = asyncio.create_task(server.verdict(pair(2)))
        while len(judge.batches) < 2:
            await asyncio.sleep(0.001)
        assert (await server.state()).waiting == 2
        judge.slow.set()
        assert [one and one.score for one in await asyncio.gather(first, second)] == [1, 0]

    played(scene)


def test_pair_that_is_under_way_is_waited_for_and_then_known(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        judge.slow.clear()
        first = asyncio.create_task(server.verdict(pair(1)))
        while len(judge.batches) < 1:
            await asyncio.sleep(0.001)
        again = asyncio.create_task(server.verdict(pair(1)))
        other = asyncio.create_task(server.verdict(pair(2)))
        while len(judge.batches) < 2:
            await asyncio.sleep(0.001)
        assert judge.batches == [[pair(1)], [pair(2)]]
        judge.slow.set()
        found = await asyncio.gather(first, again, other)
        assert [one and one.score for one in found] == [1, 1, 0]
        assert judge.batches == [[pair(1)], [pair(2)], [pair(1)]]  # the judge's own cache knows it now

    played(scene)


def test_many_pairs_go_in_parts_and_equal_ones_together(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        size = judge_server.BATCH_ROUNDS * MADE.max_concurrent
        asked = [pair(number) for number in range(size + 1)] + [pair(0)]
        await asyncio.gather(*(server.verdict(one) for one in asked))
        assert sorted(len(batch) for batch in judge.batches) == [1, size + 1]
        assert max(judge.batches, key=len)[:2] == [pair(0), pair(0)]

    played(scene)


def test_judge_that_is_down_is_not_asked_again_and_says_why(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        judge.fails = JudgeDown(2, "connection refused")
        verdicts = await asyncio.gather(server.verdict(pair(1)), server.verdict(pair(2)))
        assert list(verdicts) == [None, None]
        assert await server.verdict(pair(3)) is None
        assert len(judge.batches) == 1
        state = await server.state()
        assert isinstance(state.failure, JudgeDown)
        assert (state.failure.waiting, state.failure.last) == (2, "connection refused")
        assert (state.given, state.waiting, state.retries) == (0, 0, 1)
        assert state.last_retry.startswith("The judge does not answer (down)")

    played(scene)


def test_judge_that_refuses_for_good_says_so(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        judge.fails = ForesightError("The judge refuses the key.", field="judge.key_variable")
        assert await server.verdict(pair(1)) is None
        failure = (await server.state()).failure
        assert failure is judge.fails

    played(scene)


def test_mistake_of_ours_is_no_failure_of_the_judge(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        judge.fails = KeyError("a mistake")
        with pytest.raises(KeyError):
            await server.verdict(pair(1))
        assert (await server.state()).failure is None

    played(scene)


def test_counts_are_of_what_was_judged_since_they_were_taken(played: Callable[[Play], None]) -> None:
    async def scene(server: JudgeServer, judge: FakeJudge) -> None:
        await asyncio.gather(server.verdict(pair(1)), server.verdict(pair(2)))
        counts = await server.take()
        assert (counts.asked, counts.cached, counts.seconds, counts.retries) == (2, 0, 1.0, 0)
        assert counts.busy > 0
        assert await server.take() == JudgeCounts()
        assert (await server.state()).given == 2

    played(scene)


def test_tally_counts_the_time_in_which_some_pair_waits_once() -> None:
    now = [0.0]
    tally = Tally(lambda: now[0])
    fresh, known = Verdict(1, "", "j", False, 3.0), Verdict(1, "", "j", True, 9.0)
    for at, change in [
        (1.0, tally.came),
        (2.0, tally.came),
        (4.0, lambda: tally.went(fresh)),
        (6.0, lambda: tally.went(known)),
        (10.0, tally.came),
        (11.5, lambda: tally.went(None)),
    ]:
        now[0] = at
        change()
    tally.retried()
    assert tally.take() == JudgeCounts(asked=2, cached=1, seconds=3.0, retries=1, busy=6.5)
    assert tally.waiting == 0

"""A judge that goes down, hangs or talks nonsense: the run asks again, stops with its error, and goes on later."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.training.engine.small_run import SmallAttempt, attempt_of, start_small, train_small
from tests.training.engine.small_segments import SENTENCES, Kind, prepare_segments
from tests.training.judging.fake_judge_server import Answer, FakeJudgeServer, error, says
from training.contract.events import CheckpointSaved, LogLine, Metrics, Resumed
from training.contract.rollout_file import GroupRecord

KINDS: tuple[Kind, ...] = ("asr", "msr") * 4
STEPS = 4
TIMEOUT = 6.0  # s; the judge itself answers at once

Fault = Literal["down", "slow", "nonsense"]
SAID: dict[Fault, str] = {
    "down": "no connection (",
    "slow": "no reply within 6 s",
    "nonsense": "the reply is no JSON",
}

pytestmark = pytest.mark.slow


class Faulty:
    """Judges by the sentences until it has given so many verdicts; from then on it has the fault."""

    def __init__(self) -> None:
        self.server = FakeJudgeServer(judge=self.judge)
        self.answered: list[str] = []
        self.left: int | None = None
        self.fault: Fault = "down"
        self._lock = threading.Lock()

    def fail_after(self, verdicts: int, fault: Fault) -> None:
        self.answered.clear()
        self.left, self.fault = verdicts, fault

    def recover(self) -> None:
        self.left = None
        if self.fault == "down":
            self.server.start()

    def judge(self, question: str) -> str | Answer:
        with self._lock:
            if self.left == 0:
                return self._failing()
            if self.left is not None:
                self.left -= 1
            self.answered.append(question)
        predicted = question.partition("\nPredicted: ")[2].partition("\n")[0]
        return f"Score: {int(predicted in {sentence.strip() for sentence in SENTENCES})}"

    def _failing(self) -> Answer:
        if self.fault == "slow":
            return Answer(body=says("Score: 1").body, delay=3 * TIMEOUT)
        if self.fault == "nonsense":
            return Answer(body=b"<html>Welcome</html>")
        threading.Thread(target=self.server.stop).start()
        return error(503, "going down")


@dataclass(frozen=True, slots=True)
class Straight:
    """A run whose judge never failed."""

    judge: Faulty
    attempt: SmallAttempt
    new: list[int]  # verdicts asked of the judge in each step
    questions: Counter[str]


def prepare(folder: Path, url: str) -> None:
    judge = {"kind": "endpoint", "model": "fake", "url": url, "retries": 3, "timeout_seconds": TIMEOUT}
    # Many responses of a policy that is not sure yet: steps have predictions that nobody has judged.
    sampling = {"group_size": 8, "temperature": 1.3}
    prepare_segments(
        folder,
        KINDS,
        judge={**judge, "max_concurrent": 1},
        sampling=sampling,
        resources={"micro_batch_rollouts": 16},
    )


def sampled(groups: list[GroupRecord]) -> list[Any]:
    return [[(one.token_ids, one.reward) for one in group.rollouts] for group in groups]


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Straight]:
    folder, judge = tmp_path_factory.mktemp("straight"), Faulty()
    prepare(folder, judge.server.url)
    attempt = train_small(folder, STEPS, 1)
    new = [
        round((values["judge/asked"] or 0) * (1 - (values["judge/cached"] or 0)))
        for values in attempt.metrics.values()
    ]
    assert new[2] >= 2, "the third step has to ask for something new twice"
    assert sum(new) == len(judge.answered)
    yield Straight(judge, attempt, new, Counter(judge.answered))
    judge.server.stop()


@pytest.mark.parametrize("fault", ["down", "slow", "nonsense"])
def test_run_stops_when_its_judge_does_and_goes_on_when_it_is_back(
    tmp_path: Path, straight: Straight, fault: Fault
) -> None:
    judge = straight.judge
    prepare(tmp_path, judge.server.url)
    judge.fail_after(straight.new[0] + straight.new[1] + 1, fault)
    process = start_small(tmp_path, STEPS, 1)
    output = process.communicate(timeout=600)[0]
    assert process.returncode == 1
    assert "given up, retryable=True: The judge does not answer; " in output
    assert f"Last failure: {SAID[fault]}" in output
    stopped = attempt_of(tmp_path, 1)
    assert_stopped_in_the_third_step(stopped)

    judge.recover()
    gone_on = train_small(tmp_path, STEPS, 2, "step_000002")
    assert gone_on.of(Resumed) == [Resumed(step=2, path="checkpoints/step_000002")]
    assert [event.step for event in stopped.of(Metrics)] == [1, 2]
    assert [event.step for event in gone_on.of(Metrics)] == [3, 4]
    for step, groups in (stopped.groups | gone_on.groups).items():
        assert sampled(groups) == sampled(straight.attempt.groups[step])
    assert max(Counter(judge.answered).values()) == 1, "a verdict that is known was asked for again"
    assert Counter(judge.answered) == straight.questions


def assert_stopped_in_the_third_step(stopped: SmallAttempt) -> None:
    assert [event.step for event in stopped.of(CheckpointSaved)] == [2]
    warnings = [event.text for event in stopped.of(LogLine) if event.level == "warning"]
    waiting = [text for text in warnings if "asked again" in text]
    assert len(waiting) == 1, warnings
    assert "wait for a verdict" in waiting[0]
    lines = (stopped.folder / "work/unjudged/step_000003.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    assert len(kept) == 2 * 8
    assert {row["reward"] for row in kept} >= {None}
    assert all(row["token_ids"] and row["response"] for row in kept)
    open_ones = sum(row["reward"] is None for row in kept)
    assert warnings[-1] == (
        "The 16 responses of step 3 are kept in work/unjudged/step_000003.jsonl; "
        f"{open_ones} have no verdict."
    )

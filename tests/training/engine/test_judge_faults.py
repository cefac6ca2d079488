"""A judge that goes down in the middle of a step: the run waits, stops with the judge's error, and goes on."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.training.engine.small_run import SmallAttempt, attempt_of, start_small, train_small
from tests.training.engine.small_segments import SENTENCES, Kind, prepare_segments
from tests.training.judging.fake_judge_server import Answer, FakeJudgeServer, error
from training.contract.events import CheckpointSaved, LogLine, Metrics, Resumed
from training.contract.rollout_file import GroupRecord

KINDS: tuple[Kind, ...] = ("asr", "msr") * 4
STEPS = 4

pytestmark = pytest.mark.slow


class GoesDown:
    """Judges by the sentences until it has given so many verdicts, then takes the server down."""

    def __init__(self) -> None:
        self.server = FakeJudgeServer(judge=self.judge)
        self.answered: list[str] = []
        self.left: int | None = None
        self._lock = threading.Lock()

    def judge(self, question: str) -> str | Answer:
        with self._lock:
            if self.left == 0:
                threading.Thread(target=self.server.stop).start()
                return error(503, "going down")
            if self.left is not None:
                self.left -= 1
            self.answered.append(question)
        predicted = question.partition("\nPredicted: ")[2].partition("\n")[0]
        return f"Score: {int(predicted in {sentence.strip() for sentence in SENTENCES})}"


def prepare(folder: Path, url: str) -> None:
    judge = {"kind": "endpoint", "model": "fake", "url": url, "retries": 3, "max_concurrent": 1}
    # Many responses of a policy that is not sure yet: steps have predictions that nobody has judged.
    sampling = {"group_size": 8, "temperature": 1.3}
    prepare_segments(folder, KINDS, judge=judge, sampling=sampling, resources={"micro_batch_rollouts": 16})


def sampled(groups: list[GroupRecord]) -> list[Any]:
    return [[(one.token_ids, one.reward) for one in group.rollouts] for group in groups]


@pytest.fixture
def going_down() -> Any:
    made = GoesDown()
    yield made
    made.server.stop()


def test_run_stops_when_its_judge_does_and_goes_on_when_it_is_back(
    tmp_path: Path, going_down: GoesDown
) -> None:
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    for folder in (straight, broken):
        prepare(folder, going_down.server.url)
    whole = train_small(straight, STEPS, 1)
    new = [
        round((values["judge/asked"] or 0) * (1 - (values["judge/cached"] or 0)))
        for values in whole.metrics.values()
    ]
    assert new[2] >= 2, "the third step has to ask for something new twice"
    assert sum(new) == len(going_down.answered)
    first_time = Counter(going_down.answered)

    going_down.answered.clear()
    going_down.left = new[0] + new[1] + 1
    process = start_small(broken, STEPS, 1)
    output = process.communicate(timeout=600)[0]
    assert process.returncode == 1
    assert "given up, retryable=True: The judge does not answer; " in output
    stopped = attempt_of(broken, 1)
    assert_stopped_in_the_third_step(stopped)

    going_down.left = None
    going_down.server.start()
    gone_on = train_small(broken, STEPS, 2, "step_000002")
    assert gone_on.of(Resumed) == [Resumed(step=2, path="checkpoints/step_000002")]
    assert [event.step for event in stopped.of(Metrics)] == [1, 2]
    assert [event.step for event in gone_on.of(Metrics)] == [3, 4]
    for step, groups in (stopped.groups | gone_on.groups).items():
        assert sampled(groups) == sampled(whole.groups[step])
    assert max(Counter(going_down.answered).values()) == 1, "a verdict that is known was asked for again"
    assert Counter(going_down.answered) == first_time


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

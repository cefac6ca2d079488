"""A session with a tiny model: thoughts are told as they grow, judged at the end, and can be stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.contract.events import Event
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.playground import Question, close_if_idle, put_question, stop_question
from training.contract.stream import read_after
from training.playground.model import load_model
from training.playground.session import Session

CONFIG = parse_experiment(
    {
        "method": {"kind": "rpt", "prompt": "short", "prefill_think": True},
        "resources": {"precision": "float32", "device": "cpu", "threads": 1},
    }
)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("session") / "tiny")


def question(number: int = 1, **changes: Any) -> Question:
    text = "the name of the list"
    given = {"number": number, "text": text, "at": len("the name"), "samples": 2, "max_tokens": 12}
    return Question.model_validate({**given, **changes})


def answer(
    model_dir: Path, folder: Path, asked: Question, watch: Callable[[Event], object] = id
) -> list[Any]:
    """The events of one question."""
    told: list[Any] = []

    def emit(event: Event) -> None:
        told.append(event)
        watch(event)

    Session(load_model(model_dir, CONFIG), CONFIG, folder, emit).answer(asked)
    return told


def of_type(told: list[Any], kind: str) -> list[Any]:
    return [event for event in told if event.type == kind]


def test_answer_is_told_in_order_and_judged(model_dir: Path, tmp_path: Path) -> None:
    told = answer(model_dir, tmp_path, question())
    kinds = [event.type for event in told]
    assert kinds[:2] == ["try_asked", "try_plain"]
    assert kinds[2:] == ["try_tokens"] * kinds.count("try_tokens") + ["try_answered"] * 2 + ["try_done"]
    asked, plain = told[0], told[1]
    assert (asked.context, asked.truth, asked.boundaries[0]) == ("the name", " of the list", 3)
    assert plain.right is (plain.token == " of")
    assert 0 < plain.truth_probability <= plain.probability <= 1
    assert [one.right for one in of_type(told, "try_answered")] == [False, False]
    assert told[-1].tokens == sum(one.tokens for one in of_type(told, "try_answered"))


def test_told_parts_of_a_thought_make_the_whole_response(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.playground.session.TELL_SECONDS", 0.0)
    told = answer(model_dir, tmp_path, question())
    for whole in of_type(told, "try_answered"):
        parts = [part for event in of_type(told, "try_tokens") for part in event.parts]
        mine = [part for part in parts if part.sample == whole.sample]
        assert [part.tokens for part in mine] == list(range(1, whole.tokens + 1))
        assert "".join(part.text for part in mine).startswith(whole.thought[:4])


def test_same_seed_gives_the_same_responses_however_many_are_asked_for(
    model_dir: Path, tmp_path: Path
) -> None:
    one = of_type(answer(model_dir, tmp_path, question(samples=1, seed=5)), "try_answered")
    three = of_type(answer(model_dir, tmp_path, question(samples=3, seed=5)), "try_answered")
    assert three[0] == one[0]
    assert three[1].thought != three[0].thought


def test_stopped_thought_ends_and_keeps_what_it_has(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.playground.session.TELL_SECONDS", 0.0)
    asked = question(max_tokens=400, temperature=0.0, samples=1)
    assert put_question(tmp_path, asked)

    def stop(event: Event) -> None:
        if event.type == "try_tokens":
            stop_question(tmp_path, 1)

    told = answer(model_dir, tmp_path, asked, stop)
    (whole,) = of_type(told, "try_answered")
    assert (whole.stopped, whole.truncated, whole.tokens, whole.reason) == (True, True, 1, "truncated")
    assert told[-1].stopped


def test_question_that_cannot_be_asked_is_refused_and_the_session_goes_on(
    model_dir: Path, tmp_path: Path
) -> None:
    put_question(tmp_path, question(1, text="", at=0))
    put_question(tmp_path, question(2, max_tokens=600))
    put_question(tmp_path, question(3))
    told: list[Any] = []
    Session(load_model(model_dir, CONFIG), CONFIG, tmp_path, told.append).serve(0.0)
    assert [(one.question, one.field) for one in of_type(told, "try_refused")] == [
        (1, "context"),
        (2, "max_tokens"),
    ]
    assert [one.question for one in of_type(told, "try_done")] == [3]
    assert not put_question(tmp_path, question(4))  # closed: another session has to be started


def test_session_does_not_close_while_a_question_waits(tmp_path: Path) -> None:
    put_question(tmp_path, question())
    assert not close_if_idle(tmp_path)
    assert put_question(tmp_path, question(2))


def test_command_answers_what_comes_while_it_is_warm_and_ends_when_nothing_does(
    model_dir: Path, tmp_path: Path
) -> None:
    config, spool = tmp_path / "experiment.yaml", tmp_path / "events.1.jsonl"
    config.write_text(dump_yaml(CONFIG), encoding="utf-8")
    put_question(tmp_path, question(1))
    command = [sys.executable, "-m", "training", "try", "--model", str(model_dir), "--config", str(config)]
    process = subprocess.Popen(
        [*command, "--folder", str(tmp_path), "--events", str(spool), "--idle", "1.5"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    guard = threading.Timer(120, process.kill)
    guard.start()
    second = False
    while process.poll() is None:
        told = [envelope.event for envelope in read_after(spool)] if spool.exists() else []
        if not second and of_type(told, "try_done"):
            second = put_question(tmp_path, question(2))
    guard.cancel()
    assert process.returncode == 0
    told = [envelope.event for envelope in read_after(spool)]
    kinds = [event.type for event in told]
    assert kinds[:3] == ["stage", "stage", "try_ready"]
    assert kinds.count("try_ready") == 1  # loaded once
    assert [one.question for one in of_type(told, "try_done")] == [1, 2]
    assert kinds[-1] == "finished"

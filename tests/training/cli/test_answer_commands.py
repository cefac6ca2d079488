"""`evaluate-answers` and `evaluate-choices`: results, answers and events; what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model
from training.__main__ import main
from training.answers.problem_set import arithmetic_problems
from training.answers.tasks import split_problems
from training.contract.events import Finished, Progress, TasksEvaluated
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.stream import read_after
from training.contract.task_answers import read_rows
from training.contract.task_result import TaskResult
from training.evaluation.task_scores import identities_key

QUESTIONS = [{"question": f"{n}?", "choices": ["a", "b", "c"], "answer": n % 3} for n in range(5)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))
    (folder / "bad.jsonl").write_text('{"problem": "1 + 1?", "answer": "2"}\n{"problem": "2?"}\n')
    return folder


@pytest.fixture(autouse=True)
def _home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the command sets it; put back afterwards


def result_of(path: Path) -> TaskResult:
    return TaskResult.model_validate_json(path.read_text())


def test_problems_are_asked_and_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, events = home / "a" / "answers.json", home / "events.1.jsonl"
    arguments = [
        "--model",
        "tiny",
        "--problems",
        "arithmetic",
        "--limit",
        "6",
        "--samples",
        "3",
        "--k",
        "3,1",
    ]
    arguments += ["--max-tokens", "8", "--instruction", "short", "--step", "7", "--threads", "1"]
    assert main(["evaluate-answers", *arguments, "--out", str(out), "--events", str(events)]) == 0
    result = result_of(out)
    (score,) = result.scores
    assert (score.kind, score.n, score.samples, [one.k for one in score.pass_at]) == ("problem", 6, 3, [1, 3])
    assert (result.source, result.rule, result.temperature, result.top_p) == (
        "arithmetic", "math-verify", 0.6, 0.95,
    )  # fmt: skip
    told = [line.event for line in read_after(events)]
    assert told[-2:] == [TasksEvaluated(step=7, result=result), Finished(steps_done=1, steps_asked=1)]
    assert any(isinstance(event, Progress) and (event.done, event.total) == (6, 6) for event in told)
    rows = read_rows(out.with_suffix(".parquet"), range(9))
    assert [row.asked for row in rows] == [problem.text for problem in arithmetic_problems()[:6]]
    assert "problem" in capsys.readouterr().out


def test_experiments_held_out_problems_are_asked_as_its_own_evaluations_ask(home: Path) -> None:
    config = parse_experiment(
        {
            "data": {"corpus": "arithmetic", "max_documents": 20, "held_out_documents": 4},
            "method": {"kind": "rlvr", "instruction": "short"},
            "sampling": {"max_response_tokens": 8},
            "evaluation": {"samples": 2, "temperature": 0.7},
            "resources": {"device": "cpu", "threads": 1},
        }
    )
    (home / "rlvr.yaml").write_text(dump_yaml(config))
    out = home / "held_out.json"
    arguments = ["--model", "tiny", "--config", str(home / "rlvr.yaml"), "--out", str(out)]
    assert main(["evaluate-answers", *arguments]) == 0
    result = result_of(out)
    held_out = split_problems(arithmetic_problems()[:20], 4, config.seed)[1]
    assert result.tasks == identities_key(f"{one.text}\n{one.answer}" for one in held_out)
    assert (result.temperature, result.top_p, result.max_response_tokens) == (0.7, 1.0, 8)
    assert (result.scores[0].n, result.scores[0].samples) == (4, 2)


def test_questions_are_asked_in_both_modes(home: Path) -> None:
    out = home / "choices.json"
    arguments = ["--model", "tiny", "--questions", str(home / "questions.jsonl"), "--mode", "both"]
    arguments += ["--max-tokens", "8", "--instruction", "short", "--threads", "1", "--out", str(out)]
    assert main(["evaluate-choices", *arguments]) == 0
    result = result_of(out)
    assert [(score.kind, score.n, score.samples) for score in result.scores] == [
        ("letter", 5, 1),
        ("reasoning", 5, 1),
    ]
    assert result.source == "questions.jsonl"
    assert len(read_rows(out.with_suffix(".parquet"), range(20))) == 10


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("evaluate-answers", [], "problems: There is nothing to evaluate on."),
        (
            "evaluate-answers",
            ["--problems", "{home}/bad.jsonl"],
            "method.answer_field: bad.jsonl, line 2: there is no field 'answer'.",
        ),
        (
            "evaluate-answers",
            ["--problems", "arithmetic", "--samples", "4", "--k", "1,8"],
            "k: --k 1,8 is not to be had of 4 responses.",
        ),
        (
            "evaluate-answers",
            ["--problems", "arithmetic", "--samples", "4", "--temperature", "0"],
            "temperature: 4 responses at temperature 0 are all the same.",
        ),
        (
            "evaluate-choices",
            ["--questions", "nowhere.jsonl"],
            "data.corpus: There is no file nowhere.jsonl.",
        ),
    ],
)
def test_what_is_wrong_is_named(
    command: str, arguments: list[str], message: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [argument.format(home=home) for argument in arguments]
    assert main([command, "--model", "tiny", "--out", str(home / "x.json"), *given]) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")

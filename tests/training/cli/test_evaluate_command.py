"""`python -m training evaluate`: results, answers and events; what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.evaluation.test_held_out import config, home  # noqa: F401
from training.__main__ import main
from training.contract.evaluation_result import EvaluationResult
from training.contract.events import EvaluationDone, Finished, Progress
from training.contract.experiment import dump_yaml
from training.contract.stream import read_after


@pytest.fixture(autouse=True)
def _home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("FORESIGHT_HOME", str(home))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the command sets it; put back afterwards
    (home / "experiment.yaml").write_text(dump_yaml(config(home)))


def test_both_modes_are_measured_and_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    out, events = home / "result" / "evaluation.json", home / "events.1.jsonl"
    arguments = ["--config", str(home / "experiment.yaml"), "--model", "tiny", "--step", "7"]
    assert main(["evaluate", *arguments, "--out", str(out), "--events", str(events)]) == 0
    result = EvaluationResult.model_validate_json(out.read_text())
    assert {(one.mode, one.split, one.n) for one in result.scores if one.split == "easy"} == {
        ("standard", "easy", 12),
        ("reasoning", "easy", 12),
    }
    assert (result.model, result.reference, result.answers_file) == ("tiny", "tiny", "evaluation.parquet")
    assert (out.parent / "evaluation.parquet").is_file()
    told = [line.event for line in read_after(events)]
    assert told[-2:] == [EvaluationDone(step=7, result=result), Finished(steps_done=1, steps_asked=1)]
    assert any(isinstance(event, Progress) and (event.done, event.total) == (24, 24) for event in told)
    assert "standard" in capsys.readouterr().out


def test_samples_give_pass_at_k_and_mode_and_limit_are_kept(home: Path) -> None:  # noqa: F811
    out = home / "sampled.json"
    arguments = ["--config", str(home / "experiment.yaml"), "--model", "tiny", "--mode", "reasoning"]
    arguments += ["--samples", "4", "--temperature", "0.8", "--limit", "5", "--out", str(out)]
    assert main(["evaluate", *arguments]) == 0
    scores = json.loads(out.read_text())["scores"]
    assert {score["mode"] for score in scores} == {"reasoning"}
    assert (scores[0]["n"], scores[0]["samples"], list(scores[0]["pass_at"])) == (5, 4, ["1", "2", "4"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "config: There is nothing to evaluate on."),
        (["--positions", "nowhere.parquet"], "positions: There is no file nowhere.parquet."),
        (["--config", "nowhere.yaml"], "config: There is no experiment file nowhere.yaml."),
    ],
)
def test_what_is_missing_is_named(
    arguments: list[str],
    message: str,
    home: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["evaluate", "--model", "tiny", "--out", str(home / "x.json"), *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")


def test_file_that_is_no_parquet_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    (home / "bad.parquet").write_text("no parquet")
    arguments = ["--model", "tiny", "--out", str(home / "x.json"), "--positions", str(home / "bad.parquet")]
    assert main(["evaluate", *arguments]) == 2
    assert "is no parquet file" in capsys.readouterr().err

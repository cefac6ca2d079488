"""Judging a run's stored predictions again: what flips, which groups gain or lose their gradient."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.judging.fake_judge_server import FakeJudgeServer, error
from tests.training.judging.made_groups import ONE, OTHER, SHORT, TWO, made_group
from tests.webapp.made_rollouts import write_step
from training.__main__ import main
from training.contract.events import Failed, Finished, Progress, StageChanged
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.rejudge_result import FLIPS_FILE, RESULT_FILE, read_flips, read_rejudge
from training.contract.rollout_file import read_groups
from training.contract.stream import read_from

DETERMINISTIC = {"kind": "deterministic_for_tests"}


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two steps under the prefix rule, judged by the word overlap."""
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path / "home"))
    run_dir = tmp_path / "run"
    write_step(
        run_dir,
        [
            made_group(1, 0, [ONE, TWO, OTHER, None]),  # prefix 1 1 0 0, strict 1 0 0 0: keeps its gradient
            made_group(1, 1, [TWO, OTHER, SHORT]),  # prefix 1 0 0, strict 0 0 0: loses it
        ],
    )
    write_step(
        run_dir,
        [
            made_group(2, 0, [ONE, TWO], kind="msr"),  # prefix 1 1, strict 1 0: gains it
            made_group(2, 1, [ONE, OTHER], malformed=True),  # malformed 0 0, strict 1 0: gains it
        ],
    )
    config = parse_experiment({"method": {"kind": "rlpt"}, "judge": DETERMINISTIC})
    (run_dir / "experiment.yaml").write_text(dump_yaml(config))
    return run_dir


def test_groups_of_a_file_come_back_in_order(run_dir: Path) -> None:
    groups = list(read_groups(run_dir / "rollouts" / "step_000001.zst"))
    assert [(group.step, group.group, len(group.rollouts)) for group in groups] == [(1, 0, 4), (1, 1, 3)]
    assert [rollout.reason for rollout in groups[0].rollouts] == [
        "match",
        "match",
        "mismatch",
        "no_prediction",
    ]
    assert groups[1].rollouts[2].reason == "too_short"


def test_file_that_ends_within_a_group_is_told(run_dir: Path) -> None:
    path = run_dir / "rollouts" / "step_000001.zst"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(EOFError, match="ends within a group"):
        list(read_groups(path))


def test_another_rule_flips_what_goes_on_into_a_second_segment(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, spool = tmp_path / "out", tmp_path / "events.1.jsonl"
    code = main(
        ["judge", "--run", str(run_dir), "--rule", "strict", "--out", str(out), "--events", str(spool)]
    )
    assert code == 0
    result = read_rejudge(out / RESULT_FILE)
    assert (result.steps, result.groups, result.rollouts, result.judged) == (2, 4, 11, 9)
    assert (result.rule_before, result.rule) == ("prefix", "strict")
    assert result.judge_before == "deterministic_for_tests, made judge"
    # before: right 5 (ONE TWO, TWO, ONE TWO), wrong 2 (OTHER OTHER), malformed 2 (ONE OTHER)
    assert result.table == ((2, 3, 0), (0, 2, 0), (1, 1, 0))
    assert (result.to_right, result.to_wrong) == (1, 3)
    assert (result.effective_before, result.effective_after, result.gained, result.lost) == (2, 3, 2, 1)
    assert (result.reward_before, result.reward_after) == pytest.approx((5 / 11, 3 / 11))
    assert [(one.kind, one.rollouts, one.before, one.after) for one in result.kinds] == [
        ("asr", 9, pytest.approx(3 / 9), pytest.approx(2 / 9)),
        ("msr", 2, 1.0, 0.5),
    ]
    flips = list(read_flips(out / FLIPS_FILE, 0, 10))
    assert [(flip.step, flip.group, flip.sample, flip.before, flip.after) for flip in flips] == [
        (1, 0, 1, "right", "wrong"),
        (1, 1, 0, "right", "wrong"),
        (2, 0, 1, "right", "wrong"),
        (2, 1, 0, "malformed", "right"),
    ]
    assert (flips[0].predicted, flips[0].reply, flips[2].kind) == (TWO, "Score: 0", "msr")
    assert [flip.step for flip in read_flips(out / FLIPS_FILE, 1, 3)] == [1, 2]
    said = capsys.readouterr().out
    assert "9 predictions of 11 rollouts judged: 0 -> 1 1, 1 -> 0 3" in said
    assert "malformed 2 -> 0" in said
    assert "groups with a gradient 2 -> 3 of 4: 2 gain it, 1 lose it" in said
    assert "mean reward 0.4545 -> 0.2727 (asr 0.333 -> 0.222, msr 1.000 -> 0.500)" in said
    events = [envelope.event for envelope in read_from(spool, 0).events]
    assert [event.done for event in events if isinstance(event, Progress)][-1] == 2
    assert isinstance(events[-1], Finished)
    stages = [event for event in events if isinstance(event, StageChanged)]
    assert (stages[-1].stage, stages[-1].detail) == ("judging", "4 of 9 predictions flip")


def test_same_judge_and_rule_flip_only_what_was_malformed(run_dir: Path, tmp_path: Path) -> None:
    assert main(["judge", "--run", str(run_dir), "--out", str(tmp_path / "out")]) == 0
    result = read_rejudge(tmp_path / "out" / RESULT_FILE)
    assert result.table == ((5, 0, 0), (0, 2, 0), (1, 1, 0))
    assert (result.gained, result.lost) == (1, 0)


def test_another_judge_is_asked_only_for_what_the_first_try_did_not_get(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeJudgeServer() as server:
        endpoint = ["--kind", "endpoint", "--url", server.url, "--model", "qwen", "--max-concurrent", "1"]
        out = ["--out", str(tmp_path / "out"), "--events", str(tmp_path / "events.1.jsonl")]
        server.judge = lambda question: error(503) if "Perhaps" in question else "Score: 0"
        assert main(["judge", "--run", str(run_dir), *endpoint, "--retries", "0", *out]) == 2
        assert "1 pair waits for a verdict. Last failure: HTTP 503." in capsys.readouterr().err
        assert not (tmp_path / "out" / RESULT_FILE).exists()
        failed = read_from(tmp_path / "events.1.jsonl", 0).events[-1].event
        assert isinstance(failed, Failed) and failed.retryable and failed.field == "judge"
        asked = len(server.requests)
        assert asked == 3  # ONE, TWO, then OTHER fails; nothing of step 2 is new
        server.judge = lambda question: "Score: 1"
        assert main(["judge", "--run", str(run_dir), *endpoint, "--retries", "0", *out]) == 0
        assert len(server.requests) == asked + 1
    result = read_rejudge(tmp_path / "out" / RESULT_FILE)
    assert result.judge == "endpoint qwen"
    assert result.table == ((0, 5, 0), (2, 0, 0), (1, 1, 0))


def test_run_without_judged_predictions_is_refused(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (run_dir / "rollouts").iterdir():
        path.unlink()
    out = str(tmp_path / "out")
    assert main(["judge", "--run", str(run_dir), "--out", out]) == 2
    assert "holds no rollouts. Name the folder of a run that did a step." in capsys.readouterr().err
    write_step(run_dir, [made_group(1, 0, [None, None])])
    assert main(["judge", "--run", str(run_dir), "--out", out]) == 2
    assert "No prediction of this run was judged." in capsys.readouterr().err
    (run_dir / "experiment.yaml").write_text(dump_yaml(parse_experiment({})))
    assert main(["judge", "--run", str(run_dir), "--out", out]) == 2
    assert "is a run of rpt, and no judge judged it." in capsys.readouterr().err


def test_pairs_of_a_file_get_their_verdicts_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path / "home"))
    rows = [
        {"reference": "It rains.", "predicted": "It rains."},
        {"reference": "It rains. We stay.", "predicted": "It rains.", "rule": "strict"},
        {"reference": "It rains."},
        {"reference": "It rains. We stay.", "predicted": "It rains."},
    ]
    source, out = tmp_path / "pairs.jsonl", tmp_path / "verdicts.jsonl"
    lines = [json.dumps(row) for row in rows]
    source.write_text("\n".join([*lines, "{", '{"reference": "\\ud800", "predicted": ""}', "[]"]))
    arguments = ["judge", "--kind", "deterministic_for_tests", "--in", str(source), "--out", str(out)]
    assert main(arguments) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row.get("score") for row in found] == [1, 0, None, 1, None, None, None]
    assert found[0] == {
        "score": 1,
        "reply": "Score: 1",
        "judge": "deterministic_for_tests",
        "cached": False,
    }
    assert found[2] == {"error": "line 3: field 'predicted': missing"}
    assert [row["error"][:6] for row in found[4:]] == ["line 5", "line 6", "line 7"]
    said = capsys.readouterr()
    assert said.out == "right 2, wrong 1, malformed 0\n"
    assert said.err == "4 of 7 rows are no pairs; their rows say why.\n"


def test_agreement_with_known_verdicts_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path / "home"))
    rows = [
        {"reference": "It rains.", "predicted": "It rains.", "score": 1},
        {"reference": "It rains.", "predicted": "It snows a lot.", "score": 0},
        {"reference": "It rains.", "predicted": "Water falls.", "score": 1},
        {"reference": "It rains.", "predicted": "No."},
    ]
    source, out = tmp_path / "pairs.jsonl", tmp_path / "verdicts.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows))
    assert main(["judge", "--kind", "deterministic_for_tests", "--in", str(source), "--out", str(out)]) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["score"], row.get("known")) for row in found] == [(1, 1), (0, 0), (0, 1), (0, None)]
    # p_o = 2 / 3, p_e = (2 x 1 + 1 x 2) / 9
    assert "as known in 66.7% of 3, kappa 0.40 [" in capsys.readouterr().out


def test_judge_that_makes_no_sense_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--in", str(tmp_path / "pairs.jsonl"), "--out", str(tmp_path / "out.jsonl")]
    assert main(["judge", "--kind", "oracle", *files]) == 2
    assert capsys.readouterr().err.startswith("error: judge.kind: Input should be 'local', 'endpoint'")
    assert main(["judge", "--kind", "endpoint", *files]) == 2
    assert capsys.readouterr().err.startswith("error: judge: An endpoint needs url")
    assert main(["judge", "--kind", "deterministic_for_tests", *files]) == 2
    assert capsys.readouterr().err.startswith("error: in: There is no file")

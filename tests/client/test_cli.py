"""The command `foresight` against the real site: what it prints, what it writes, how it ends."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from foresight.cli.main import main
from tests.client.test_client import add_logs
from tests.client.test_download import WHOLE, contents
from tests.webapp.api.test_experiments import settings as demo_settings
from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint, make_run
from training.contract.presets import preset
from webapp.accounts.models import ApiToken
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job, JobEvent, State
from webapp.runs.models import Run

ROOT = Path(__file__).resolve().parents[2]


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_login_keeps_the_token_where_only_its_owner_reads(
    config: Path, site: str, token: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    typed(monkeypatch, f"{token}\n")
    assert main(["login", f"{site}/"]) == 0
    file = config / "foresight" / "login.json"
    assert capsys.readouterr().out == f"Signed in to {site} as ada. The token is kept in {file}.\n"
    assert json.loads(file.read_text()) == {"url": site, "token": token}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == "No runs.\n"


def test_login_with_a_wrong_token_keeps_nothing(
    config: Path, site: str, token: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    typed(monkeypatch, "fs_wrong\n")
    assert main(["login", site]) == 2
    assert capsys.readouterr().err == (
        "error: The API token is not known: it was revoked, or copied in part. "
        "Make a new one on the page API tokens.\n"
    )
    assert list(config.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "typed_token", "error"),
    [
        ("ftp://site", "x", "error: 'ftp://site' is no address of a site. Write https://host.\n"),
        (
            "http://localhost:1",
            "",
            "error: There is no token. Make one on http://localhost:1/account/tokens/.\n",
        ),
    ],
)
def test_login_that_cannot_be_tried_says_why(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, url: str, typed_token: str, error: str
) -> None:
    typed(monkeypatch, typed_token)
    assert main(["login", url]) == 2
    assert capsys.readouterr().err == error


def test_token_over_an_open_line_is_warned_of(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("foresight.transport.time", SimpleNamespace(sleep=lambda seconds: None))
    typed(monkeypatch, "fs_x\n")
    assert main(["login", "http://foresight.invalid"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == (
        "warning: http://foresight.invalid is not encrypted: others on the way can read the token."
    )
    assert said[1].startswith("error: http://foresight.invalid does not answer: ")


def test_without_a_site_the_command_says_how_to_name_one(config: Path, capsys: Any) -> None:
    assert main(["runs"]) == 2
    assert capsys.readouterr().err == (
        "error: No site is known. Run `foresight login URL`, or set FORESIGHT_URL and FORESIGHT_TOKEN.\n"
    )


def test_damaged_login_says_so(config: Path, capsys: Any) -> None:
    (config / "foresight").mkdir()
    (config / "foresight" / "login.json").write_text("{")
    assert main(["runs"]) == 2
    assert "login.json cannot be read" in capsys.readouterr().err


def test_revoked_token_ends_the_command_with_its_remedy(here: Path, capsys: Any) -> None:
    ApiToken.objects.all().delete()
    assert main(["runs"]) == 2
    assert capsys.readouterr().err.startswith("error: The API token is not known")


def test_runs_are_listed_as_a_table_and_as_json(here: Path, user: Any, capsys: Any) -> None:
    first = make_bare_run(user, MadeRun("first\x1b[2J", "failed"))
    second = make_run(user, MadeRun("second", "succeeded", 2, 2))
    assert main(["runs", "--sort", "name"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "NAME", "STATE", "STEP", "REWARD", "LEFT", "CORPUS"]
    assert rows[0].split()[:5] == [str(first.pk), "first[2J", "failed", "0/30", "–"]
    assert rows[1].split()[:5] == [str(second.pk), "second", "succeeded", "2/2", f"{second.last_reward:.3f}"]
    assert main(["runs", "--json", "--limit", "1", "--sort", "name"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert one["id"] == first.pk
    assert main(["runs", "--state", "cancelled"]) == 0
    assert capsys.readouterr().out == "No runs match.\n"
    assert main(["runs", "--search", "second"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_cancel_and_resume_say_what_happens(here: Path, user: Any, capsys: Any) -> None:
    run = str(make_bare_run(user, MadeRun(state="queued")).pk)
    assert main(["cancel", run]) == 0
    assert main(["cancel", run]) == 1
    assert main(["resume", run, "--json"]) == 0
    first, second, *third = capsys.readouterr().out.splitlines()
    assert first == "The run is being cancelled. What it has written stays."
    assert second == "The run had ended already: there was nothing to cancel."
    assert json.loads("".join(third))["changed"] is True
    assert main(["cancel", "999"]) == 2
    assert capsys.readouterr().err == (
        "error: There is no such run. It may have been removed, or it belongs to another user.\n"
    )


def experiment_file(folder: Path, **changes: Any) -> str:
    (folder / "experiment.yaml").write_text(yaml.safe_dump(demo_settings(**changes)))
    return "experiment.yaml"


def test_experiment_file_becomes_a_run(here: Path, site: str, user: Any, home: Path, capsys: Any) -> None:
    made_corpus(home, user, name="letters")
    assert main(["launch", experiment_file(here, name="from afar")]) == 0
    run = Run.objects.get()
    assert (run.name, run.job.state) == ("from afar", "queued")
    assert capsys.readouterr().out == f"Run {run.pk} is queued: {site}/runs/{run.pk}/\n"
    assert main(["launch", "experiment.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps_asked"] == 60


def test_launch_uploads_a_file_with_the_fields_of_the_experiment(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    (here / "math.jsonl").write_text('{"problem": "One?", "solution": "1"}\n')
    name = experiment_file(here, data__corpus="not here", data__join_fields=["problem", "solution"])
    assert main(["launch", name, "--corpus", "math.jsonl"]) == 0
    corpus = Corpus.objects.get()
    assert (corpus.name, corpus.state, corpus.join_fields) == ("math", "ready", ["problem", "solution"])
    assert Experiment.objects.get().corpus == corpus
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"Corpus {corpus.pk} is uploaded and being checked."
    assert second.startswith(f"Run {Run.objects.get().pk} is queued: ")
    typed(monkeypatch, (here / name).read_text())
    assert main(["launch", "-", "--corpus", str(corpus.pk)]) == 0
    assert Corpus.objects.count() == 1


def test_launch_of_instruction_tuning_uploads_conversations(here: Path) -> None:
    rows = [{"q": f"What is {place}?", "a": str(place)} for place in range(40)]
    (here / "chat.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    data = preset("sft-demo-cpu").model_dump(mode="json")
    data["method"] |= {"prompt_field": "q", "response_field": "a"}
    (here / "sft.yaml").write_text(yaml.safe_dump(data))
    assert main(["launch", "sft.yaml", "--corpus", "chat.jsonl"]) == 0
    corpus = Corpus.objects.get()
    assert (corpus.kind, corpus.join_fields, corpus.state) == ("conversations", ["q", "a"], "ready")
    method = Experiment.objects.get().config["method"]
    assert (method["prompt_field"], method["response_field"]) == ("q", "a")


def test_launch_with_mistakes_uploads_nothing_and_names_them(here: Path, capsys: Any) -> None:
    (here / "text.txt").write_text("One two three.")
    name = experiment_file(here, seed=-1, sampling__group_size=1)
    assert main(["launch", name, "--corpus", "text.txt"]) == 2
    assert capsys.readouterr().err == (
        "error: The experiment has 2 mistakes.\n"
        "  seed: Input should be greater than or equal to 0\n"
        "  sampling.group_size: Input should be greater than or equal to 2\n"
    )
    assert not Corpus.objects.exists()


def test_launch_without_its_corpus_names_the_setting(here: Path, capsys: Any) -> None:
    assert main(["launch", experiment_file(here)]) == 2
    assert capsys.readouterr().err == (
        "error: data.corpus: None of your corpora that have passed their check has the name 'letters'.\n"
    )


def test_launch_of_a_corpus_that_cannot_be_read_says_why(here: Path, capsys: Any) -> None:
    (here / "rows.jsonl").write_text('{"other": "x"}\n')
    assert main(["launch", experiment_file(here), "--corpus", "rows.jsonl"]) == 2
    assert "error: " in capsys.readouterr().err
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["launch", "none.yaml"], "none.yaml cannot be read"),
        (["launch", "experiment.yaml", "--corpus", "none.txt"], "There is no file none.txt."),
        (["upload", "none.txt"], "There is no file none.txt. Name a file."),
        (["download", "999"], "There is no such run."),
        (["watch", "999"], "There is no such run."),
        (["export", "999"], "There is no such run."),
    ],
)
def test_what_is_not_there_is_named(here: Path, capsys: Any, arguments: list[str], error: str) -> None:
    experiment_file(here)
    assert main(arguments) == 2
    assert error in capsys.readouterr().err


def pause_with(monkeypatch: pytest.MonkeyPatch, pause: Callable[[float], None]) -> None:
    """What happens while the command waits for news."""
    monkeypatch.setattr("foresight.resources.runs.time", SimpleNamespace(sleep=pause))


def end_with(monkeypatch: pytest.MonkeyPatch, run: Run, state: Any) -> None:
    """The run ends while it is watched: at the first wait for news."""

    def end(seconds: float) -> None:
        add_logs(run.job, 1, 2)
        values = {"reward/mean": 0.25}
        payload = {"type": "metrics", "step": 30, "values": values}
        JobEvent.objects.create(
            job=run.job, attempt=1, seq=3, type="metrics", time=run.created, payload=payload
        )
        Run.objects.filter(pk=run.pk).update(step=30, last_reward=0.25, stage="train")
        Job.objects.filter(pk=run.job_id).update(state=state, error={"message": "No.", "remedy": "Wait."})
        pause_with(monkeypatch, lambda seconds: None)

    pause_with(monkeypatch, end)


@pytest.mark.parametrize(
    ("state", "code", "last"),
    [
        (State.SUCCEEDED, 0, "Finished after 30 of 30 steps, reward 0.250."),
        (State.FAILED, 1, "Failed after 30 of 30 steps, reward 0.250. No. Wait."),
        (State.CANCELLED, 1, "Cancelled after 30 of 30 steps, reward 0.250. No. Wait."),
        (State.FINISHED_SHORT, 1, "Finished short after 30 of 30 steps, reward 0.250. No. Wait."),
    ],
)
def test_watch_ends_as_the_run_does(
    here: Path, user: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, state: Any, code: int, last: str
) -> None:
    run = make_bare_run(user)
    end_with(monkeypatch, run, state)
    assert main(["watch", str(run.pk)]) == code
    assert capsys.readouterr().out.splitlines() == ["step 30 of 30  reward 0.250", last]


def test_watch_gives_events_as_json_lines(
    here: Path, user: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run = make_bare_run(user)
    end_with(monkeypatch, run, State.SUCCEEDED)
    assert main(["watch", str(run.pk), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["log", "log", "metrics", "end"]
    assert lines[-1]["job"]["state"] == "succeeded"


def test_watch_of_a_run_that_has_ended_repeats_nothing(here: Path, user: Any, capsys: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 2, 2))
    assert main(["watch", str(run.pk)]) == 0
    assert capsys.readouterr().out == f"Finished after 2 of 2 steps, reward {run.last_reward:.3f}.\n"


def test_watch_that_is_interrupted_leaves_the_run(
    here: Path, user: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run = make_bare_run(user)

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    pause_with(monkeypatch, interrupt)
    assert main(["watch", str(run.pk)]) == 130
    assert capsys.readouterr().out == f"The run goes on: `foresight watch {run.pk}` follows it again.\n"
    assert Job.objects.get().state == "running"


def test_launch_watches_from_the_first_event(
    here: Path, user: Any, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    made_corpus(home, user, name="letters")

    def end(seconds: float) -> None:
        run = Run.objects.get()
        add_logs(run.job, 1, 1)
        Job.objects.update(state=State.CANCELLED)
        pause_with(monkeypatch, lambda seconds: None)

    pause_with(monkeypatch, end)
    assert main(["launch", experiment_file(here), "--watch"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["Queued", "Cancelled after 0 of 60 steps."]


def test_checkpoint_is_downloaded_into_a_folder(here: Path, user: Any, capsys: Any) -> None:
    run = make_bare_run(user)
    make_checkpoint(run, 10)
    make_checkpoint(run, 20)
    assert main(["download", str(run.pk)]) == 0
    assert contents(here / f"run-{run.pk}-step-20") == WHOLE
    said = capsys.readouterr()
    assert said.out == f"Step 20 of run {run.pk} is in run-{run.pk}-step-20\n"
    assert "model.safetensors  1.28 kB  sha256 is right" in said.err
    assert main(["download", str(run.pk), "--step", "10", "--to", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"run": run.pk, "step": 10, "folder": "mine"}
    assert (here / "mine" / "model.safetensors").read_bytes().endswith(b"10")
    assert main(["download", str(run.pk), "--step", "15"]) == 2
    assert "There are checkpoints of the steps 20, 10." in capsys.readouterr().err


def test_damaged_checkpoint_ends_the_command(here: Path, user: Any, capsys: Any) -> None:
    run = make_bare_run(user)
    checkpoint = make_checkpoint(run, 20)
    (run.folder_path / checkpoint.path / "model" / "tokenizer.json").write_bytes(b"[]")
    assert main(["download", str(run.pk)]) == 2
    assert "error: tokenizer.json does not have the SHA-256 that the site names." in capsys.readouterr().err


def test_folder_that_cannot_be_written_is_an_error(here: Path, user: Any, capsys: Any) -> None:
    run = make_bare_run(user)
    make_checkpoint(run, 20)
    (here / "file").write_text("x")
    assert main(["download", str(run.pk), "--to", "file/inside"]) == 2
    assert "Not a directory" in capsys.readouterr().err


def test_rollouts_are_exported_to_a_file_and_to_the_screen(here: Path, user: Any, capsys: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 3, 3))
    assert main(["export", str(run.pk), "--steps", "2-3", "--to", "rows.jsonl"]) == 0
    rows = [json.loads(line) for line in (here / "rows.jsonl").read_text().splitlines()]
    assert (len(rows), {row["step"] for row in rows}) == (96, {2, 3})
    assert capsys.readouterr().err == "96 rollouts are in rows.jsonl\n"
    assert sorted(path.name for path in here.iterdir()) == ["rows.jsonl"]
    assert main(["export", str(run.pk), "--steps", "1", "--reason", "match", "--tokens"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(row["step"], row["reason"]) for row in rows} == {(1, "match")}
    assert all(row["token_ids"] for row in rows)


def test_export_of_a_lost_file_is_said(here: Path, user: Any, capsys: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 2, 2))
    (run.folder_path / "rollouts" / "step_000001.zst").unlink()
    assert main(["export", str(run.pk), "--to", "rows.jsonl"]) == 1
    assert capsys.readouterr().err == (
        "48 rollouts are in rows.jsonl\n6 groups could not be read; their lines say why.\n"
    )


@pytest.mark.parametrize("steps", ["x", "7-3", "-3", "1-2-3", ""])
def test_export_of_no_steps_is_refused(here: Path, capsys: Any, steps: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", "1", f"--steps={steps}"])
    assert ended.value.code == 2
    assert "names no steps: write 3, 3-7 or 3-" in capsys.readouterr().err


def test_corpora_are_uploaded_and_listed(here: Path, capsys: Any) -> None:
    (here / "math.jsonl").write_text('{"problem": "One?", "solution": "1"}\n' * 2)
    assert main(["corpora"]) == 0
    assert main(["upload", "math.jsonl", "--name", "sums", "--join-fields", "problem, solution"]) == 0
    number = Corpus.objects.get().pk
    assert main(["corpora"]) == 0
    none, uploaded, head, row = capsys.readouterr().out.splitlines()
    assert (none, uploaded) == ("No corpora.", f"Corpus {number} is ready: 1 documents.")
    assert head.split() == ["ID", "NAME", "STATE", "DOCUMENTS", "SOURCE"]
    assert row.split() == [str(number), "sums", "ready", "1", "math.jsonl"]
    assert main(["corpora", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["report"]["duplicates"] == 1


def test_upload_need_not_wait(here: Path, capsys: Any) -> None:
    (here / "text.txt").write_text("One two three.")
    assert main(["upload", "text.txt", "--no-wait"]) == 0
    assert capsys.readouterr().out == f"Corpus {Corpus.objects.get().pk} is uploaded and being checked.\n"
    assert main(["upload", "text.txt", "--no-wait", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "checking"


def test_upload_that_fails_its_check_says_why(here: Path, capsys: Any) -> None:
    (here / "rows.jsonl").write_text('{"other": "x"}\n')
    assert main(["upload", "rows.jsonl"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_export_into_a_pipe_that_closes_ends_quietly(here: Path, user: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 3, 3))
    command = f"{sys.executable} -m foresight export {run.pk} | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_package_names_the_command_and_needs_only_what_it_imports() -> None:
    (command,) = [one for one in entry_points(group="console_scripts") if one.name == "foresight"]
    assert command.load() is main
    code = (
        "import sys, foresight.cli.main\n"
        "print(sorted({'django', 'torch', 'yaml', 'training', 'webapp', 'ninja'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

"""docs/api.md as it is written: every command and the Python program, against a real site and a real run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.site import ROOT, Site, running_site
from tests.e2e.test_main_job import SETTINGS, TEXT
from tests.training.tiny import make_tiny_model

DOCUMENT = ROOT / "docs" / "api.md"
TOKEN = """
from django.contrib.auth.models import User
from webapp.accounts.tokens import make_token
from django.conf import settings
_, secret = make_token(User.objects.get(username={user!r}), "example")
print((settings.HOME / "token").write_text(secret))
"""
pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


class Terminal:
    """A person's shell in a folder of their own."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder = folder
        self.site = site
        programs = folder / "bin"
        programs.mkdir()
        for name, command in (("foresight", "-m foresight"), ("python", "")):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {command} "$@"\n')
            program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "FORESIGHT_HOME": str(site.home),
        }
        for name in ("FORESIGHT_URL", "FORESIGHT_TOKEN"):
            self.environment.pop(name, None)

    def run(self, command: str, typed: str = "") -> str:
        """What the command prints. Fails when it fails."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home = tmp_path_factory.mktemp("site")
    make_tiny_model(home / "models" / "tiny")
    with running_site(home) as site:
        site.seed(TOKEN)
        yield Terminal(tmp_path_factory.mktemp("person"), site)


def make_it_small(file: Path) -> None:
    """The experiment of the document, on a model of some kilobytes and for four steps."""
    data = yaml.safe_load(file.read_text())
    for name, value in SETTINGS.items():
        section, _, key = name.rpartition(".")
        place = data[section] if section else data
        place[key] = type(place[key])(value)
    data["positions"] |= {"selection": "threshold", "threshold": 2.7}
    file.write_text(yaml.safe_dump(data))


def test_commands_of_the_document_train_a_model(terminal: Terminal) -> None:
    token = (terminal.site.home / "token").read_text()
    rows = "".join(json.dumps({"text": TEXT + str(place)}) + "\n" for place in range(3))
    (terminal.folder / "my_text.jsonl").write_text(rows)
    example, by_curl = blocks("sh")
    said = {}
    for line in example.splitlines():
        command = line.split("  #")[0].strip().replace("http://127.0.0.1:8000", terminal.site.url)
        said[command.split()[1]] = terminal.run(command, typed=f"{token}\n")
        if "preset" in command:
            make_it_small(terminal.folder / "experiment.yaml")
    assert said["login"].startswith(f"Signed in to {terminal.site.url} as admin.")
    lines = said["launch"].splitlines()
    assert lines[0] == "Corpus 1 is uploaded and being checked."
    assert lines[1] == f"Run 1 is queued: {terminal.site.url}/runs/1/"
    assert [line.split("  ")[0] for line in lines if line.startswith("step ")] == [
        f"step {step} of 4" for step in (1, 2, 3, 4)
    ]
    assert lines[-1].startswith("Finished after 4 of 4 steps, reward ")
    assert said["download"] == "Step 4 of run 1 is in my-model\n"
    check_model(terminal.folder / "my-model")
    check_rollouts(terminal)
    terminal.environment |= {"FORESIGHT_URL": terminal.site.url, "FORESIGHT_TOKEN": token}
    first, second = re.split(r"\n(?=curl)", by_curl.strip())
    assert [run["id"] for run in json.loads(terminal.run(first))["items"]] == [1]
    assert json.loads(terminal.run(second))["valid"] is True
    check_program(terminal)


def check_model(folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    assert AutoModelForCausalLM.from_pretrained(folder).config.model_type == "llama"


def check_rollouts(terminal: Terminal) -> None:
    """Judged again from the exported lines, every rollout has the reward that it was trained with."""
    lines = (terminal.folder / "rollouts.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["step"] for row in rows] == [1] * 8 + [2] * 8
    terminal.run(
        "python -m training reward --kind prefix --model tiny --in rollouts.jsonl --out judged.jsonl"
    )
    judged = [json.loads(line) for line in (terminal.folder / "judged.jsonl").read_text().splitlines()]
    assert [(row["reward"], row["reason"]) for row in judged] == [
        (row["reward"], row["reason"]) for row in rows
    ]


def check_program(terminal: Terminal) -> None:
    (program,) = blocks("python")
    (terminal.folder / "program.py").write_text(program)
    said = terminal.run("python program.py").splitlines()
    assert re.fullmatch(r"tiny run: reward 0\.\d{3} at best, 4 steps", said[0])
    assert [line.split()[0] for line in said[1:7]] == [
        "Learning",
        "Signal",
        "Exploration",
        "Drift",
        "Output",
        "System",
    ]
    assert said[-1] == "weights"
    assert (terminal.folder / "weights" / "model.safetensors").is_file()

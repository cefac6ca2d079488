"""`foresight launch`: an experiment file becomes a run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foresight.cli.corpora import ready
from foresight.cli.site import open_client
from foresight.cli.terminal import json_text, printable
from foresight.cli.watch import watch
from foresight.client import Client
from foresight.errors import ApiError, ForesightClientError
from foresight.models import Validation

_CORPUS = "data.corpus"
INVALID = 422


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "launch",
        parents=[common],
        help="launch an experiment file",
        description="Stores the experiment and queues its run. Its corpus is one of yours with the name in "
        "`data.corpus`, or `sample`, or what --corpus says.",
    )
    parser.add_argument("experiment", metavar="FILE", help="an experiment file, or - for standard input")
    parser.add_argument(
        "--corpus",
        metavar="FILE_OR_ID",
        help="upload this file, with the text fields that the experiment names; or take the corpus with this number",
    )
    parser.add_argument("--watch", action="store_true", help="follow the run to its end")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    text = _read(arguments.experiment)
    with open_client() as client:
        checked = client.experiments.validate(text)
        corpus = _corpus(client, arguments, checked)
        experiment = client.experiments.create(text, corpus=corpus)
        run = client.runs.launch(experiment.id)
        if arguments.json and not arguments.watch:
            print(json_text(run))
            return 0
        if not arguments.json:
            for warning in checked.warnings:
                print(f"warning: {printable(warning)}", file=sys.stderr)
            print(f"Run {run.id} is queued: {client.url}/runs/{run.id}/", flush=True)
        return watch(client, run.id, json_lines=arguments.json, after=0) if arguments.watch else 0


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ForesightClientError(
            f"{name} cannot be read: {error}.", remedy="Name an experiment file."
        ) from error


def _corpus(client: Client, arguments: argparse.Namespace, checked: Validation) -> int | None:
    """The corpus' number; None: the one that the experiment names. Raises for settings with mistakes first."""
    elsewhere = bool(arguments.corpus) and checked.config is not None
    mistakes = {name: said for name, said in checked.errors.items() if name != _CORPUS or not elsewhere}
    if mistakes:
        field, said = next(iter(mistakes.items()))
        message = said if len(mistakes) == 1 else f"The experiment has {len(mistakes)} mistakes."
        raise ApiError(message, status=INVALID, field=field, errors=mistakes)
    wanted = arguments.corpus
    if wanted is None:
        return None
    if wanted.isdecimal() and not Path(wanted).exists():
        return int(wanted)
    file = client.corpora.upload(_file(wanted), **_fields(checked.config or {}))
    if not arguments.json:
        print(f"Corpus {file.id} is uploaded and being checked.", flush=True)
    return ready(client, file).id


def _fields(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the file's rows hold, and in which fields, as the experiment says."""
    data, method = config["data"], config["method"]
    if method["kind"] != "sft":
        return {name: data[name] for name in ("text_field", "join_fields", "template")}
    pair = [method["prompt_field"], method["response_field"]]
    return {"kind": "conversations", "text_field": method["messages_field"], "join_fields": pair}


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise ForesightClientError(
            f"There is no file {name}.", remedy="Name a file, or a corpus by its number."
        )
    return path

"""The exact prompt of a draft: `python -m training prompt`, in another process and with a time limit.

Models' tokenizers are not loaded here. One prompt is made at a time on a machine.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, dump_yaml
from training.contract.prompt_preview import PromptPreview
from webapp.corpora.model_choices import models_root
from webapp.corpora.models import Corpus
from webapp.corpora.services.check import error_parts
from webapp.experiments.training_config import for_training

TIME_LIMIT = 60  # seconds
_BAD_INPUT = 2  # exit code of `python -m training` for input at fault


def exact_prompt(config: ExperimentConfig, corpus: Corpus, number: int) -> PromptPreview:
    """The prompt of position `number`, from 0.

    Raises:
        ForesightError: there is no such position, the experiment cannot begin, or it takes too long.
    """
    if not (models_root() / config.model.name).is_dir():
        raise ForesightError(
            f"{config.model.name} is not on this machine yet, so its tokens are not known.",
            remedy="A scan or a probe fetches it; then the prompt can be shown.",
        )
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder, _only_one():
        path = Path(folder) / "experiment.yaml"
        path.write_text(dump_yaml(for_training(config, corpus)), encoding="utf-8")
        done = _run(["prompt", "--config", str(path), "--position", str(number), "--json"])
    if done.returncode == 0:
        return PromptPreview.model_validate_json(done.stdout)
    if done.returncode == _BAD_INPUT:
        message, remedy = error_parts(done.stderr)
        raise ForesightError(message, remedy=remedy)
    said = done.stderr.strip().splitlines()
    raise ForesightError(
        f"The prompt could not be made (code {done.returncode}). {said[-1] if said else ''}".strip(),
        remedy="Try again; if it fails once more, run `python -m training prompt` with the experiment's YAML.",
    )


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-m", "training", *arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, "FORESIGHT_HOME": str(settings.HOME)},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ForesightError(
            f"Making the prompt took longer than {TIME_LIMIT} seconds: the corpus is large or the machine busy.",
            remedy="Try again, or run `python -m training prompt` with the experiment's YAML.",
        ) from error


@contextmanager
def _only_one() -> Iterator[None]:
    with open(Path(settings.HOME) / "prompt.lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ForesightError(
                "Another prompt is being made.", remedy="Try again in a few seconds.", retryable=True
            ) from error
        yield

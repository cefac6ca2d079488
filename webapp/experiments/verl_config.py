"""What an experiment sets in verl's configuration: `python -m training verl-config`, in another process.

The engine is not imported here. An answer is kept by the settings it is of: the same ones are asked for again and
again while somebody fills in the form.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, dump_yaml
from webapp.corpora.services.check import error_parts

TIME_LIMIT = 30  # seconds
_KEPT = 24 * 3600  # seconds
_BAD_INPUT = 2  # exit code of `python -m training` for input at fault


def verl_config(config: ExperimentConfig) -> str:
    """The YAML. References to runs and corpora stay references; no folder of this machine is in it.

    Raises ForesightError for a method that trains without verl, and where it takes too long.
    """
    text = dump_yaml(config)
    key = f"verl-config:{hashlib.sha256(text.encode()).hexdigest()}"
    known: str | None = cache.get(key)
    if known is None:
        known = _made(text)
        cache.set(key, known, _KEPT)
    return known


def _made(text: str) -> str:
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / "experiment.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-m", "training", "verl-config", "--config", str(path)],
                cwd=settings.BASE_DIR,
                env={**os.environ, "FORESIGHT_HOME": str(settings.HOME), "OMP_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ForesightError(
                f"Making the configuration took longer than {TIME_LIMIT} seconds: the machine is busy.",
                remedy="Try again in a moment.",
                retryable=True,
            ) from error
    if done.returncode == _BAD_INPUT:
        message, remedy = error_parts(done.stderr)
        raise ForesightError(message, remedy=remedy)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise ForesightError(
            f"The configuration could not be made (code {done.returncode}). {said[-1] if said else ''}".strip(),
            remedy="Run `python -m training verl-config` with the experiment's YAML to see why.",
        )
    return done.stdout

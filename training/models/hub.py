"""Downloads a model from the Hugging Face hub: safetensors, configs and tokenizer, nothing that runs."""

from __future__ import annotations

import shutil
from pathlib import Path

from training.contract.errors import ForesightError

_WANTED = ["*.safetensors", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt"]
_UNWANTED = ["*/*", "consolidated*"]  # subfolders and second copies of the weights
_CONTACT_SECONDS = 10.0


def download(name: str, folder: Path) -> None:
    """Fill an empty folder with the model `org/name`.

    Raises ForesightError, field `model.name`: the hub cannot be reached (retryable), or it has no
    such model, or not for this user.
    """
    import httpx
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        # Asked first with a short timeout: a download on its own retries an absent hub for minutes.
        revision = HfApi().model_info(name, timeout=_CONTACT_SECONDS).sha
        snapshot_download(
            name, revision=revision, local_dir=folder, allow_patterns=_WANTED, ignore_patterns=_UNWANTED
        )
    except GatedRepoError as error:
        raise _unavailable(f"The model {name} asks for a licence to be accepted.", retryable=False) from error
    except RepositoryNotFoundError as error:
        raise _unavailable(f"The hub has no model {name}, or not for this user.", retryable=False) from error
    except (OfflineModeIsEnabled, HfHubHTTPError, httpx.HTTPError, OSError) as error:
        raise _unavailable(
            f"The model {name} is not on this machine, and the Hugging Face hub cannot be reached "
            f"({type(error).__name__}).",
            retryable=True,
        ) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)  # the hub client's bookkeeping


def _unavailable(message: str, *, retryable: bool) -> ForesightError:
    return ForesightError(
        message,
        field="model.name",
        remedy="Use a catalogue model, or put the model's folder under the models root.",
        retryable=retryable,
    )

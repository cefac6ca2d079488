"""What the control takes from the RPT run it is compared with: the contexts it is measured at, the tokens."""

from __future__ import annotations

import shutil
from pathlib import Path

from training.contract.compute import matched_tokens
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, load_experiment
from training.contract.settings.method import NtpConfig

_TOKENS = "tokens_per_step.txt"
_SAME = ("data", "model", "positions")


def copy_tasks(method: NtpConfig, config: ExperimentConfig, target: Path) -> bool:
    """Copy the reference run's task file to `target`; False where there is none to copy.

    Raises:
        ForesightError: field `method.reference`; no such run, or one with other documents, another
            model or other positions: the two could not be compared.
    """
    if not method.reference:
        return False
    reference = Path(method.reference)
    if not (reference / "experiment.yaml").is_file():
        raise ForesightError(
            f"There is no run {method.reference}.",
            field="method.reference",
            remedy="Name the folder of an RPT run.",
        )
    theirs = load_experiment(reference / "experiment.yaml")
    for section in (*_SAME, "seed"):
        if getattr(theirs, section) != getattr(config, section):
            raise ForesightError(
                f"The reference run has other settings under `{section}`: the two could not be compared.",
                field="method.reference",
                remedy="Use the reference run's own settings there.",
            )
    source = reference / "work" / "tasks.parquet"
    if not source.is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    shutil.copyfile(source, partial)
    partial.replace(target)
    return True


def tokens_of_a_step(method: NtpConfig, work: Path) -> int:
    """As set, else what matches the reference run; kept in `work`, so that every attempt has the same.

    Raises ForesightError where the reference run has no step yet.
    """
    if method.tokens_per_step:
        return method.tokens_per_step
    kept = work / _TOKENS
    if not kept.exists():
        partial = kept.with_name(kept.name + ".partial")
        partial.write_text(str(matched_tokens(Path(method.reference))), encoding="ascii")
        partial.replace(kept)
    return int(kept.read_text(encoding="ascii"))

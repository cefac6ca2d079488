"""What an experiment sets in verl's configuration, as YAML for people to read and to copy. Imports no verl and no ray.

What is not named there stays as verl's own `ppo_trainer` configuration has it.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.methods import GRPO_KINDS
from training.engine.overrides import Device, EnginePaths, overrides

_RUN = Path("RUN")
_EXPERIMENT = "this experiment, as JSON"
_JUDGE = "the judge of the run"


def shown_overrides(config: ExperimentConfig, device: Device) -> str:
    """The keys that `overrides` sets, nested, with words for the folders of a run that is not there yet.

    Raises ForesightError for a method that trains without verl.
    """
    if config.method.kind not in GRPO_KINDS:
        raise ForesightError(
            f"The method {config.method.kind} trains with plain PyTorch: there is no verl configuration.",
            field="method.kind",
            remedy=f"verl trains {', '.join(GRPO_KINDS)}.",
        )
    cold = bool(config.cold_start.steps)
    paths = EnginePaths(
        model_dir=_RUN / "work" / "cold_start" if cold else Path("MODELS") / config.model.name,
        tasks_file=_RUN / "work" / "tasks.parquet",
        run_dir=_RUN,
    )
    values = overrides(config, paths, device)
    judge = values["data.foresight"]["judge"]
    values["data.foresight"] |= {"experiment": _EXPERIMENT, "judge": _JUDGE if judge else ""}
    head = (
        f"# verl {_version()}, ppo_trainer on {'GPUs' if device == 'cuda' else 'a CPU'}: what Foresight sets; the rest "
        "is verl's default.\n# RUN is the run's folder"
    )
    start = (
        "" if cold else ", MODELS that of models" + (", from a checkpoint" if config.model.start_from else "")
    )
    plain = json.loads(json.dumps(_nested(values)))  # the same value in two places is no alias of the other
    return f"{head}{start}.\n{yaml.safe_dump(plain, sort_keys=True, allow_unicode=True)}"


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """`{"a.b": 1}` as `{"a": {"b": 1}}`; values that are dicts already keep their keys."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        *sections, last = name.split(".")
        place = found
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return found


def _version() -> str:
    try:
        return version("verl")
    except PackageNotFoundError:  # a machine that only serves the site
        return "not installed here"

"""RLPT's three panels over the steps: training reward, response length, validation (RLPT Fig., METHODS B10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.contract.metrics import CATALOGUE, Metric
from webapp.runs.models import Run

TRAINING = ("reward/mean", "response/length")
VALIDATION = {
    "rpt": ("eval/reasoning/easy",),
    "rlpt": ("eval/segments/asr", "eval/segments/msr"),
    "rlvr": ("eval/answers/pass_1",),
}
"""What the validation panel is, by method: an RLPT run has two kinds of task."""
OFFERED = 60


def panels(runs: Sequence[Run]) -> list[Metric]:
    """The panels of these runs: the two of training, then the validation of every method among them."""
    methods = dict.fromkeys(run.method for run in runs)
    keys = (*TRAINING, *(key for method in methods for key in VALIDATION.get(method, ())))
    return [CATALOGUE[key] for key in keys]


def offered_runs(user: Any) -> list[Run]:
    """Runs that have these panels, newest first."""
    rows = Run.objects.owned_by(user).with_job()[: 3 * OFFERED]
    return [run for run in rows if run.method in VALIDATION][:OFFERED]

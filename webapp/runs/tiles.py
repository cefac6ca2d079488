"""Which metrics a run is drawn by: the curated tiles that its method has, and the lines beside them."""

from __future__ import annotations

from training.contract.metrics import CATALOGUE, TILES, Metric, baselines_of
from webapp.runs.models import Run

CONTROL_TILES = tuple(
    CATALOGUE[key]
    for key in (
        "control/loss",
        "baseline/argmax",
        "update/grad_norm",
        "time/step",
        "throughput/tokens",
        "host/cpu",
    )
)
"""What a supervised control is drawn by: it has no rollouts, and so no reward."""
TUNING_TILES = tuple(
    CATALOGUE[key]
    for key in (
        "sft/loss",
        "update/learning_rate",
        "update/grad_norm",
        "time/step",
        "throughput/tokens",
        "host/cpu",
    )
)
"""What instruction tuning is drawn by."""
CONTROL_LINE, CONTROL_KEY = "control/argmax", "baseline/argmax"
"""A run's line of its supervised control, and the metric of the control that it shows."""
_CONTROL_LINES = {
    "baseline/argmax": (CATALOGUE["baseline/constant"],),
    "host/cpu": baselines_of("host/cpu"),
}
_EVALUATION = "eval/"
_OF_ONE_METHOD = {
    "baseline/": "rpt",
    "eval/reasoning/": "rpt",
    "eval/standard/": "rpt",
    "reward/asr": "rlpt",
    "reward/msr": "rlpt",
    "eval/segments/": "rlpt",
    "eval/answers/": "rlvr",
    "sft/": "sft",
}
"""Keys, or how they begin, of what only runs of one method measure."""


def shown_tiles(run: Run) -> tuple[Metric, ...]:
    """The curated tiles; held-out accuracy where the run measures it."""
    if run.is_supervised:
        return CONTROL_TILES if run.is_control else TUNING_TILES
    evaluates = bool(run.config.get("evaluation", {}).get("every"))
    return tuple(
        tile for tile in TILES if measures(run, tile) and (evaluates or not tile.key.startswith(_EVALUATION))
    )


def lines_of(run: Run, tile: Metric) -> tuple[Metric, ...]:
    """The reference lines of a tile; that of the supervised control where there is one."""
    if run.is_control:
        return _CONTROL_LINES.get(tile.key, ())
    return tuple(
        base
        for base in baselines_of(tile.key)
        if measures(run, base) and (base.key != CONTROL_LINE or run.control_runs)
    )


def measures(run: Run, metric: Metric) -> bool:
    """Whether runs of its method have the metric at all."""
    return all(run.method == only for start, only in _OF_ONE_METHOD.items() if metric.key.startswith(start))


def tokens_key(run: Run) -> str:
    """The metric that counts a run's tokens: those sampled, and where nothing is sampled those trained on."""
    return "compute/train_tokens" if run.is_supervised else "compute/rollout_tokens"

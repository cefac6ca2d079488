"""Whether a run will fit on this machine's disk, as far as that is known before it starts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from django.conf import settings

from training.contract.disk import DiskForecast, forecast_disk
from training.contract.experiment import ExperimentConfig
from webapp.corpora.model_choices import parameters_of


@dataclass(frozen=True, slots=True)
class DiskNeed:
    """What a run will take and what there is, in bytes."""

    forecast: DiskForecast
    free: int

    @property
    def fits(self) -> bool:
        return self.forecast.total <= self.free


def disk_need(config: ExperimentConfig) -> DiskNeed | None:
    """The forecast beside the free space; None for a model that is not on this machine yet."""
    parameters = parameters_of(config.model.name)
    if parameters is None:
        return None
    return DiskNeed(forecast_disk(config, parameters), shutil.disk_usage(settings.HOME).free)

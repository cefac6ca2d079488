"""Made runs to be laid side by side: two learning rates, two seeds each, one set of positions. Nothing was trained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.made_run import START, MadeRun, make_run
from webapp.evaluations.projection import project_run
from webapp.experiments.models import Experiment
from webapp.runs.models import Run

RATES = (1e-5, 5e-5)
SEEDS = (0, 1)


def changed(run: Run, **settings: Any) -> Run:
    """The run as if its experiment had these settings; a double underscore in a key is the dot of a name."""
    config = run.experiment.config
    for name, value in settings.items():
        *sections, last = name.split("__")
        place = config
        for section in sections:
            place = place[section]
        place[last] = value
    Experiment.objects.filter(pk=run.experiment_id).update(config=config)
    Run.objects.filter(pk=run.pk).update(config=config)
    run.refresh_from_db()
    return run


def evaluated(run: Run, right: int, positions: str = "a" * 16) -> Run:
    """The run with an evaluation after its last step: so many right of 200, by reasoning."""
    project_run(run.job, 1, [made_event(run.step, made_result(right, positions=positions))])
    return run


def make_comparison(owner: Any, steps: int = 24) -> list[Run]:
    """Runs that differ in learning rate and seed, in that order."""
    runs = []
    for place, (rate, seed) in enumerate((rate, seed) for rate in RATES for seed in SEEDS):
        made = MadeRun(
            f"lr {rate:g}, seed {seed}",
            "succeeded",
            steps,
            steps,
            start=START + timedelta(hours=place),
            colour=place,
            seed=7 + place,
        )
        run = changed(make_run(owner, made), optimisation__learning_rate=rate, seed=seed)
        runs.append(evaluated(run, 40 + 30 * place))
    return runs

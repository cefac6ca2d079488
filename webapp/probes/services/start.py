"""Starts a probe, or a table of prompt templates, of a draft: a job and its row."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml
from webapp.experiments.draft import Draft
from webapp.experiments.training_config import for_training
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.probes.models import Probe

CONFIG_FILE = "experiment.yaml"
MOST_POSITIONS = 4096
MOST_SAMPLES = 256


def start_probe(owner: Any, draft: Draft, positions: int, samples: int) -> Probe:
    """Queue a probe of `positions` positions with `samples` rollouts each; 0 samples take the group size.

    Raises ForesightError for a draft with errors or a size out of bounds.
    """
    samples = samples or (draft.config.sampling.group_size if draft.config else 0)
    arguments = ["probe", *_common(positions, samples)]
    return _start(owner, draft, Probe.Kind.GROUPS, arguments, positions, samples)


def start_prompts(owner: Any, draft: Draft, templates: Sequence[str], positions: int, samples: int) -> Probe:
    """Queue a table of `templates` on the same positions. Raises as `start_probe`."""
    arguments = ["prompts-table", "--templates", ",".join(templates), *_common(positions, samples)]
    return _start(owner, draft, Probe.Kind.PROMPTS, arguments, positions, samples)


def _common(positions: int, samples: int) -> list[str]:
    """The arguments both commands take; checked here, so that a mistake is told on the form."""
    for field, value, least, most in (
        ("probe_positions", positions, 1, MOST_POSITIONS),
        ("probe_samples", samples, 2, MOST_SAMPLES),
    ):
        if not least <= value <= most:
            what = "positions" if field == "probe_positions" else "rollouts at each position"
            raise ForesightError(
                f"{value} {what} cannot be probed.", field=field, remedy=f"Take {least} to {most:,}."
            )
    arguments = ["--config", f"{{folder}}/{CONFIG_FILE}", "--out", "{folder}", "--events", "{spool}"]
    return [*arguments, "--positions", str(positions), "--samples", str(samples)]


def _start(
    owner: Any, draft: Draft, kind: Any, arguments: Sequence[str], positions: int, samples: int
) -> Probe:
    if draft.config is None or draft.corpus is None or draft.errors:
        name, message = next(iter(draft.errors.items()))
        raise ForesightError(message, field=name)
    if draft.config.method.kind != "rpt":
        raise ForesightError(
            "A probe measures next-token reasoning (RPT); this is another method.",
            field="method.kind",
            remedy="Launch a run of a few steps instead.",
        )
    with transaction.atomic():
        job = create_job(kind, owner, "probes/{job}", arguments)
        probe: Probe = Probe.objects.create(
            owner=owner,
            corpus=draft.corpus,
            job=job,
            kind=kind,
            config=draft.config.model_dump(mode="json"),
            base=draft.base.key,
            positions=positions,
            samples=samples,
        )
        _write(job_folder(job) / CONFIG_FILE, dump_yaml(for_training(draft.config, draft.corpus)))
        send_launch_hint(job)
    return probe


def _write(path: Path, text: str) -> None:
    """Write a file so that it is either whole or not there."""
    partial = path.with_name(f".{path.name}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)

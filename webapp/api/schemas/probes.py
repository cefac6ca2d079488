"""Probes, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.probe_result import ProbeResult
from training.contract.probe_words import band_words, bin_words, verdict
from training.contract.prompts_table import PromptsTable
from webapp.api.experiment_body import CorpusQuery
from webapp.api.schemas.common import JobState, Progress, job_state
from webapp.probes.models import Probe
from webapp.probes.projection import LABELS


class ProbeQuery(CorpusQuery):
    kind: Literal["probe", "prompts"] = Field(
        "probe", description="`prompts`: every prompt template on the same positions."
    )
    positions: int = Field(32, description="How many positions.")
    samples: int = Field(0, description="Rollouts at each; 0: the group size, or 8 for `prompts`.")


class PromptQuery(CorpusQuery):
    position: int = Field(0, ge=0, description="Which of the selected positions, from 0.")


class ProbeOut(Schema):
    """A probe of an experiment, or a table of prompt templates."""

    id: int
    kind: Literal["probe", "prompts"]
    corpus: int
    model: str
    positions: int
    samples: int
    job: JobState
    stage: str
    progress: Progress = Field(description="Of the stage.")
    finished: bool
    created: datetime


class ProbeDetail(ProbeOut):
    """A probe with what it found."""

    config: dict[str, Any]
    words: list[str] = Field(description="What it means, in sentences.")
    groups: ProbeResult | None = Field(description="Of a finished probe.")
    prompts: PromptsTable | None = Field(description="Of a finished table of templates.")


def probe_out(probe: Probe) -> ProbeOut:
    return ProbeOut(**_probe(probe))


def probe_detail(probe: Probe) -> ProbeDetail:
    result = probe.typed_result
    groups = result if isinstance(result, ProbeResult) else None
    prompts = result if isinstance(result, PromptsTable) else None
    words = _words(groups) if groups else []
    return ProbeDetail(**_probe(probe), config=probe.config, words=words, groups=groups, prompts=prompts)


def _words(result: ProbeResult) -> list[str]:
    judged = verdict(result)
    return [part for part in (judged.words, judged.remedy, bin_words(result), band_words(result)) if part]


def _probe(probe: Probe) -> dict[str, Any]:
    return {
        "id": probe.pk,
        "kind": probe.kind,
        "corpus": probe.corpus_id,
        "model": probe.config["model"]["name"],
        "positions": probe.positions,
        "samples": probe.samples,
        "job": job_state(probe.job),
        "stage": LABELS.get(probe.stage, probe.stage),
        "progress": Progress(done=probe.done, total=probe.total, unit=probe.unit),
        "finished": bool(probe.result),
        "created": probe.created,
    }

"""A finished probe and a finished table of templates, with chosen figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.contract.presets import PRESETS
from training.contract.probe_result import ProbedGroup, ProbeResult
from training.contract.prompts_table import PromptsTable, TemplateRow
from training.probe.groups import Outcome, join_bins, make_bins, recommend
from webapp.corpora.models import Corpus
from webapp.jobs.models import State
from webapp.jobs.services.create import create_job
from webapp.probes.models import Probe

WRONG, RIGHT, MIXED = (0.0, 0.0), (1.0, 1.0), (0.0, 1.0)
PLANTED = [*[(0.75, WRONG)] * 9, (0.75, MIXED), *[(1.25, MIXED)] * 6, *[(1.25, WRONG)] * 3, (1.25, RIGHT)]
"""10 % mixed at 0.5 to 1.0 nats, 60 % at 1.0 to 1.5."""


def made_result(planted: list[tuple[float, tuple[float, float]]] | None = None) -> ProbeResult:
    """A result of planted groups: 300 selected positions at 0.75 nats and 100 at 1.25."""
    planted = PLANTED if planted is None else planted
    outcomes = [Outcome(entropy, rewards) for entropy, rewards in planted]
    bins = make_bins([0.75] * 300 + [1.25] * 100, outcomes, group_size=2)
    groups = tuple(
        ProbedGroup(
            document=0, document_name="made.txt", token_index=place, byte_start=place, byte_end=place + 1,
            entropy=entropy, context_tail="One <b>\n two", truth=" three", rewards=rewards, boxed=2, truncated=0,
        )
        for place, (entropy, rewards) in enumerate(planted)
    )  # fmt: skip
    return ProbeResult(
        model="smollm2-135m-instruct", template="short", reward="prefix", cold_start_steps=16, samples=2,
        group_size=2, contexts_per_step=6, selected=400, lowest_entropy=0.75, minimum_positions=90,
        whole=join_bins(bins, 6),
        band=recommend(bins, 6, 90), bins=bins, groups=groups, boxed=1.0, truncated=0.0, response_tokens=9.0,
        seconds=12.0, notes=("Probed after the 16 cold-start steps that GRPO would begin with.",),
    )  # fmt: skip


def made_table() -> PromptsTable:
    rows = [
        TemplateRow(
            template=name, prompt_tokens=100.0, random_at_1=share, random_interval=(0.01, 0.2), pass_at_k=2 * share,
            pass_interval=(0.02, 0.4), boxed=0.5, truncated=0.25, response_tokens=20.0,
        )
        for name, share in (("v0", 0.0625), ("short", 0.125))
    ]  # fmt: skip
    return PromptsTable(
        model="smollm2-135m-instruct", positions=16, samples=8, k=8, temperature=1.0, max_response_tokens=32,
        rows=tuple(rows), seconds=3.0, notes=("The weights as they are.",),
    )  # fmt: skip


def made_probe(
    corpus: Corpus, result: ProbeResult | PromptsTable | None = None, kind: str = "probe"
) -> Probe:
    """A row of a finished probe of the demo preset; without a result it was cancelled."""
    config: dict[str, Any] = PRESETS["demo-cpu"].config.model_dump(mode="json")
    config["data"]["corpus"] = corpus.name
    job = create_job(kind, corpus.owner, "probes/{job}", [])
    job.state = State.SUCCEEDED if result else State.CANCELLED
    job.save()
    probe: Probe = Probe.objects.create(
        owner=corpus.owner, corpus=corpus, job=job, kind=kind, config=config, base="preset:demo-cpu",
        positions=20, samples=2, result=result.model_dump(mode="json") if result else {},
    )  # fmt: skip
    return probe


def folder_of(home: Path, probe: Probe) -> Path:
    return home / probe.job.folder

"""A probe from text to probe.json: the stages a run begins with, then rollouts and no update."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.checkpoints.start import checkpoint_start
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.probe_result import PROBE_FILE, ProbeResult
from training.engine.launch import pick_device
from training.engine.scoring import TokenJudge
from training.engine.tokens import end_token_ids
from training.models.cpu import use_cpu
from training.models.token_bytes import load_tokenizer
from training.probe.allowed import refuse_without_rollouts
from training.probe.groups import Outcome, join_bins, make_bins, positions_needed, recommend
from training.probe.sample import Drawn, load_prober, picking_order, record
from training.prompts.build import TaskBuilder
from training.records import Task
from training.stages import Material, Teller, gather_material, prepare, teach_format

JUDGED_BY = "prefix"
_WITHOUT_A_MODEL = ("prefix", "first_token")
"""Rules that need the response and the truth alone."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is probed."""

    positions: int  # at most
    samples: int  # rollouts at each


def probe(config: ExperimentConfig, out: Path, size: Size, tell: Teller) -> ProbeResult:
    """Probe the experiment and write `out`/probe.json.

    The weights are those GRPO would begin with: a cold start of the experiment is carried out first,
    in `out`/work, which is removed at the end.

    Raises:
        ForesightError: the size is too small, or the experiment cannot begin (as `pipeline.run`).
    """
    _check(config, size)
    device = pick_device(config)
    if device == "cpu":
        use_cpu(config.resources.threads)
    out.mkdir(parents=True, exist_ok=True)
    policy, proxy = prepare(config, tell)
    material = gather_material(config, policy, proxy, tell)
    tasks = _tasks(config, material, size, tell)
    work = out / "work"
    try:
        start = start_weights(config, policy)
        teach_format(config, material, start, work / "cold_start", tell)
        weights = work / "cold_start" if config.cold_start.steps else start
        began = time.monotonic()
        with tell.stage("probe") as detail:
            judge = TokenJudge(_rule(config), load_tokenizer(weights), end_token_ids(weights))
            drawn = load_prober(config, weights, device, judge, size.samples).draw(
                tasks, lambda done: tell.progress("probe", done, len(tasks), "positions")
            )
            detail(f"{len(drawn)} positions with {size.samples} rollouts each")
        result = _result(config, material, drawn, size, time.monotonic() - began)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    partial = out / f"{PROBE_FILE}.partial"
    partial.write_text(result.model_dump_json(indent=1), encoding="utf-8")
    partial.replace(out / PROBE_FILE)
    return result


def start_weights(config: ExperimentConfig, policy: Path) -> Path:
    """The folder of the weights a run would begin with, before a cold start.

    Raises ForesightError for a checkpoint that is not there or not whole.
    """
    return checkpoint_start(config.model.start_from).folder if config.model.start_from else policy


def _check(config: ExperimentConfig, size: Size) -> None:
    refuse_without_rollouts(config)
    if size.positions < 1:
        raise ForesightError("A probe needs a position.", field="positions", remedy="Probe at least one.")
    if size.samples < 2:
        raise ForesightError(
            "One rollout cannot differ from others.", field="samples", remedy="Draw at least two rollouts."
        )


def _tasks(config: ExperimentConfig, material: Material, size: Size, tell: Teller) -> tuple[Task, ...]:
    """The tasks of the probed positions; those that have none are passed over."""
    builder = TaskBuilder(material.tokenizer, material.token_bytes, config)
    documents = {document.index: document for document in material.documents}
    tasks: list[Task] = []
    with tell.stage("tasks") as detail:
        for at in picking_order(material.positions, config.seed):
            if len(tasks) == size.positions:
                break
            encoded = material.encoded.get(at.document)
            task = builder.build(documents[at.document], encoded, at) if encoded else None
            if task is not None:
                tasks.append(task)
        detail(f"{len(tasks)} of {len(material.positions)} positions to probe")
    if not tasks:
        raise ForesightError(
            f"None of the {len(material.positions)} kept positions can be asked.",
            field="positions.threshold",
            remedy="Lower the entropy threshold, or give more documents.",
        )
    return tuple(tasks)


def _rule(config: ExperimentConfig) -> str:
    """The rule rollouts are judged by: the experiment's, or prefix matching where that needs a model."""
    return config.rpt.reward if config.rpt.reward in _WITHOUT_A_MODEL else JUDGED_BY


def _result(
    config: ExperimentConfig, material: Material, drawn: Sequence[Drawn], size: Size, seconds: float
) -> ProbeResult:
    optimisation, group_size = config.optimisation, config.sampling.group_size
    contexts = optimisation.contexts_per_step
    outcomes = [Outcome(one.task.position.entropy, one.rewards) for one in drawn]
    bins = make_bins([at.entropy for at in material.positions], outcomes, group_size)
    needed = positions_needed(optimisation.steps * contexts, contexts, len(material.positions))
    rollouts = sum(len(one.judged) for one in drawn)
    ordered = sorted(drawn, key=lambda one: (one.task.position.document, one.task.position.byte_start))
    return ProbeResult(
        model=config.model.name,
        template=config.rpt.prompt,
        reward=_rule(config),
        cold_start_steps=config.cold_start.steps,
        samples=size.samples,
        group_size=group_size,
        contexts_per_step=contexts,
        selected=len(material.positions),
        lowest_entropy=min(at.entropy for at in material.positions),
        minimum_positions=needed,
        whole=join_bins(bins, contexts),
        band=recommend(bins, contexts, needed),
        bins=bins,
        groups=tuple(record(one) for one in ordered),
        boxed=sum(one.boxed for one in drawn) / rollouts,
        truncated=sum(one.truncated for one in drawn) / rollouts,
        response_tokens=sum(sum(one.lengths) for one in drawn) / rollouts,
        seconds=seconds,
        notes=tuple(_notes(config, size)),
    )


def _notes(config: ExperimentConfig, size: Size) -> list[str]:
    said = []
    if config.cold_start.steps:
        said.append(
            f"Probed after the {config.cold_start.steps} cold-start steps that GRPO would begin with."
        )
    if size.samples < config.sampling.group_size:
        said.append(
            f"{size.samples} rollouts a position stand for groups of {config.sampling.group_size}: "
            "the shares of mixed groups are the least they can be."
        )
    if config.rpt.reward not in _WITHOUT_A_MODEL:
        said.append(
            f"The reward {config.rpt.reward} gives wrong answers a part of a point; the groups are counted "
            f"by {JUDGED_BY}, which says where a right answer is within reach."
        )
    return said

"""Every prompt template on the same positions, with the weights as they are (RPT Table 8)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.prompts_table import (
    PAPER_MODEL,
    PROMPTS_FILE,
    PromptsTable,
    TemplateRow,
    templates_for,
)
from training.engine.launch import pick_device
from training.engine.scoring import TokenJudge
from training.engine.tokens import end_token_ids
from training.evaluation.intervals import wilson
from training.evaluation.passk import pass_at_k
from training.models.cpu import use_cpu
from training.probe.allowed import refuse_without_rollouts
from training.probe.run import start_weights
from training.probe.sample import Drawn, load_prober
from training.prompts.build import TaskBuilder
from training.prompts.order import order_positions
from training.records import Task
from training.stages import Material, Teller, gather_material, prepare

RULE = "prefix"
_TEMPLATE_TOKENS = 2048
"""Room for a template beside the context: they are compared on the same contexts, whatever their length."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is sampled for each template."""

    positions: int
    samples: int
    k: int  # of Pass@k, at most `samples`


def compare_prompts(
    config: ExperimentConfig, templates: Sequence[str], out: Path, size: Size, tell: Teller
) -> PromptsTable:
    """Sample every template at the same positions and write `out`/prompts.json.

    No cold start: the table is of the model as it is. Positions are drawn from the selected ones.

    Raises:
        ForesightError: an unknown template, a size that makes no sense, no position that can be asked.
    """
    _check(config, templates, size)
    device = pick_device(config)
    if device == "cpu":
        use_cpu(config.resources.threads)
    out.mkdir(parents=True, exist_ok=True)
    policy, proxy = prepare(config, tell)
    material = gather_material(config, policy, proxy, tell)
    with tell.stage("tasks") as detail:
        tasks = _tasks(config, templates, material, size.positions)
        positions = len(tasks[templates[0]])
        detail(f"{positions} positions under {len(templates)} templates")
    began = time.monotonic()
    total = positions * len(templates)
    rows: list[TemplateRow] = []

    def on_progress(done: int) -> None:
        tell.progress("probe", len(rows) * positions + done, total, "prompts")

    with tell.stage("probe") as detail:
        judge = TokenJudge(RULE, material.tokenizer, end_token_ids(policy))
        roomy, weights = _with_template(config, templates[0]), start_weights(config, policy)
        prober = load_prober(roomy, weights, device, judge, size.samples)
        for template in templates:
            drawn = prober.draw(tasks[template], on_progress)
            rows.append(row_of(template, drawn, size.k))
        detail(f"{total} prompts with {size.samples} responses each")
    table = PromptsTable(
        model=config.model.name,
        positions=positions,
        samples=size.samples,
        k=size.k,
        temperature=config.sampling.temperature,
        max_response_tokens=config.sampling.max_response_tokens,
        rows=tuple(rows),
        seconds=time.monotonic() - began,
        notes=tuple(_notes(config, size, positions)),
    )
    partial = out / f"{PROMPTS_FILE}.partial"
    partial.write_text(table.model_dump_json(indent=1), encoding="utf-8")
    partial.replace(out / PROMPTS_FILE)
    return table


def row_of(template: str, drawn: Sequence[Drawn], k: int) -> TemplateRow:
    """One template's figures. A position is what was drawn at random, so intervals count positions."""
    positions = len(drawn)
    rollouts = sum(len(one.judged) for one in drawn)
    shares = [sum(reward > 0 for reward in one.rewards) / len(one.rewards) for one in drawn]
    passes = [
        pass_at_k(len(one.rewards), sum(reward > 0 for reward in one.rewards), min(k, len(one.rewards)))
        for one in drawn
    ]
    return TemplateRow(
        template=template,
        prompt_tokens=sum(len(one.task.prompt_ids) for one in drawn) / positions,
        random_at_1=sum(shares) / positions,
        random_interval=wilson(min(sum(shares), positions), positions),
        pass_at_k=sum(passes) / positions,
        pass_interval=wilson(min(sum(passes), positions), positions),
        boxed=sum(one.boxed for one in drawn) / rollouts,
        truncated=sum(one.truncated for one in drawn) / rollouts,
        response_tokens=sum(sum(one.lengths) for one in drawn) / rollouts,
    )


def _check(config: ExperimentConfig, templates: Sequence[str], size: Size) -> None:
    refuse_without_rollouts(config)
    known = templates_for(config.rpt.custom_prompt)
    unknown = [template for template in templates if template not in known]
    if unknown or not templates:
        raise ForesightError(
            f"There is no prompt template {unknown[0]!r}." if unknown else "No template was named.",
            field="templates",
            remedy=f"Choose from: {', '.join(known)}.",
        )
    if len(set(templates)) < len(templates):
        raise ForesightError("A template is named twice.", field="templates", remedy="Name each once.")
    if size.positions < 1 or not 1 <= size.k <= size.samples:
        raise ForesightError(
            f"Pass@{size.k} of {size.samples} responses at {size.positions} positions cannot be measured.",
            field="samples",
            remedy="Take at least one position and at least k responses.",
        )


def _with_template(config: ExperimentConfig, template: str) -> ExperimentConfig:
    """The experiment with another template, and room for it beside the whole context."""
    data = config.model_dump(mode="json")
    data["method"]["prompt"] = template
    room = config.positions.max_context + _TEMPLATE_TOKENS
    data["sampling"]["max_prompt_tokens"] = max(config.sampling.max_prompt_tokens, room)
    return parse_experiment(data)


def _tasks(
    config: ExperimentConfig, templates: Sequence[str], material: Material, count: int
) -> dict[str, tuple[Task, ...]]:
    """For each template the tasks of the same positions, the first `count` in a seeded order that can be asked."""
    builders = {
        template: TaskBuilder(material.tokenizer, material.token_bytes, _with_template(config, template))
        for template in templates
    }
    documents = {document.index: document for document in material.documents}
    usable = [at for at in material.positions if at.document in material.encoded]
    found: dict[str, list[Task]] = {template: [] for template in templates}
    for at in order_positions(usable, config.seed, len(usable)) if usable else ():
        if len(found[templates[0]]) == count:
            break
        built = {
            template: builder.build(documents[at.document], material.encoded[at.document], at)
            for template, builder in builders.items()
        }
        if all(built.values()):
            for template, task in built.items():
                if task is not None:
                    found[template].append(task)
    if not found[templates[0]]:
        raise ForesightError(
            f"None of the {len(material.positions)} kept positions can be asked.",
            field="positions.threshold",
            remedy="Lower the entropy threshold, or give more documents.",
        )
    return {template: tuple(tasks) for template, tasks in found.items()}


def _notes(config: ExperimentConfig, size: Size, positions: int) -> list[str]:
    said = [
        f"{positions} positions of the experiment's own selection, {size.samples} responses each, the weights as "
        "they are. Intervals are 95 %, over positions.",
        f"The paper's figures are of {PAPER_MODEL} on its own validation positions: to be read as an order of "
        "size, not as a target.",
    ]
    if config.cold_start.steps:
        said.append("The experiment's cold start was left out: it would teach one template.")
    return said

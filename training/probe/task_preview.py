"""The exact prompt of one segment (RLPT) or problem (RLVR), in the order of training."""

from __future__ import annotations

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.prompt_preview import PromptPreview
from training.contract.settings.answers import RlvrConfig
from training.contract.settings.segments import RlptConfig
from training.models.catalogue import models_root, resolve_model
from training.models.token_bytes import load_tokenizer
from training.records import ProblemTask, SegmentTask
from training.stages import Teller, read_for_training


def segment_preview(config: ExperimentConfig, method: RlptConfig, number: int) -> PromptPreview:
    """The prompt of task `number` of the run, from 0. Raises ForesightError where there is none."""
    from training.segment_stages import draw_segment_tasks, gather_segments

    tell = Teller(lambda event: None)
    policy = resolve_model(config.model.name, models_root())
    material = gather_segments(config, read_for_training(config, tell), policy, tell)
    tasks = draw_segment_tasks(config, method, material, method.asr_share, number + 1)
    if len(tasks) <= number:
        raise _no_such("segments", len(tasks))
    task = tasks[number]
    context = len(material.tokenizer(task.context, add_special_tokens=False)["input_ids"])
    cut = len(task.context.encode()) < task.byte_start
    return _view(
        config,
        task,
        number,
        kind=task.kind,
        template=method.template,
        context_tokens=context,
        context_is_cut=cut,
        byte_start=task.byte_start,
        answer=task.references[0],
        problems=(),
    )


def problem_preview(config: ExperimentConfig, method: RlvrConfig, number: int) -> PromptPreview:
    """The prompt of task `number` of the run, from 0. Raises ForesightError where there is none."""
    from training.answers.tasks import ProblemAsker, read_set, split_problems
    from training.prompts.order import order_positions

    tokenizer = load_tokenizer(resolve_model(config.model.name, models_root()))
    train, _ = split_problems(read_set(config, method).problems, config.data.held_out_documents, config.seed)
    asked = ProblemAsker.of(config, method, tokenizer).ask(train).tasks
    if len(asked) <= number:
        raise _no_such("problems", len(asked))
    task = order_positions(asked, config.seed, number + 1)[number]
    filtered = "The difficulty filter may leave this problem out, and change the order of the others."
    return _view(
        config,
        task,
        number,
        kind="problem",
        template=method.instruction,
        context_tokens=len(tokenizer(task.problem, add_special_tokens=False)["input_ids"]),
        context_is_cut=False,
        byte_start=0,
        answer=task.answer,
        problems=(filtered,) if method.filter_samples else (),
    )


def _view(
    config: ExperimentConfig,
    task: SegmentTask | ProblemTask,
    number: int,
    *,
    kind: str,
    template: str,
    context_tokens: int,
    context_is_cut: bool,
    byte_start: int,
    answer: str,
    problems: tuple[str, ...],
) -> PromptPreview:
    return PromptPreview(
        prompt=task.prompt,
        tokens=len(task.prompt_ids),
        max_tokens=config.sampling.max_prompt_tokens,
        context_tokens=context_tokens,
        context_is_cut=context_is_cut,
        think_prefilled=task.think_prefilled,
        next_token="",
        document=task.document,
        document_name=task.document_name,
        byte_start=byte_start,
        number=number,
        entropy=None,
        model=config.model.name,
        template=template,
        problems=problems,
        kind=kind,
        answer=answer,
    )


def _no_such(what: str, count: int) -> ForesightError:
    return ForesightError(
        f"There are only {count} {what} to ask.",
        field="position",
        remedy=f"Ask for one below {count}, or give more documents.",
    )

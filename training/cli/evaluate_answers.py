"""`evaluate-answers`: how often a model solves problems, checked by Math-Verify, with Pass@k."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, add_settings, exit_on_sigterm, failures_told, parse_section
from training.cli.task_evaluation import (
    MAX_TOKENS,
    add_evaluation_arguments,
    add_resources,
    begin,
    finish,
    ks_of,
    load_model,
    resources_of,
    rule_of,
)
from training.contract.errors import ForesightError
from training.contract.events import LogLine
from training.contract.experiment import ExperimentConfig, load_experiment
from training.contract.settings.answers import RlvrConfig
from training.contract.settings.text import SourceConfig

if TYPE_CHECKING:
    from training.answers.evaluate import AnswerTerms
    from training.cli.common import Subparsers
    from training.records import ProblemTask

_FIELDS = ("problem_field", "answer_field", "instruction")


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "evaluate-answers",
        help="Pass@k of a model on problems with answers",
        description="Asks a model to solve problems and checks the answers by Math-Verify. The problems are those of "
        "a file (--problems: rows with a problem and its answer, or `arithmetic`), or those an RLVR experiment "
        "holds out (--config), asked as the experiment asks.",
    )
    add_evaluation_arguments(parser, "problems")
    parser.add_argument(
        "--problems", default="", metavar="FILE", help="jsonl, csv, parquet, hf:..., arithmetic"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="experiment.yaml of an RLVR run")
    add_settings(parser, RlvrConfig, _FIELDS)
    parser.add_argument(
        "--no-think", action="store_true", help="do not open <think> at the end of the prompt"
    )
    parser.add_argument(
        "--max-prompt-tokens", type=int, default=4096, metavar="N", help="longer ones are left out"
    )
    add_resources(parser)
    parser.set_defaults(command=evaluate_answers)


def evaluate_answers(options: argparse.Namespace) -> int:
    """Write the result and, beside it, the answers as parquet; print the table."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = _experiment(options) if options.config else None
        resources = config.resources if config else resources_of(options)
        begin(resources)

        from training.answers.evaluate import evaluate_problems
        from training.stages import Teller

        tell = Teller(sink.emit)
        tasks, terms = _held_out(options, config) if config else _file(options, sink)
        tasks = tasks[: options.limit or None]
        longest = max(len(task.prompt_ids) for task in tasks) + terms.rule.max_new_tokens
        options.out.parent.mkdir(parents=True, exist_ok=True)
        result = evaluate_problems(
            load_model(options, resources, longest),
            tasks,
            terms,
            options.out.with_suffix(".parquet"),
            lambda done, total: tell.progress("evaluate", done, total, "problems"),
        )
    finish(options, sink, result)
    return 0


def _experiment(options: argparse.Namespace) -> ExperimentConfig:
    config = load_experiment(options.config)
    if options.problems or not isinstance(config.method, RlvrConfig):
        raise ForesightError(
            "--config takes the held-out problems of an RLVR experiment.",
            field="config",
            remedy="Give an experiment with method.kind rlvr, or --problems with a file, not both.",
        )
    return config


def _held_out(
    options: argparse.Namespace, config: ExperimentConfig
) -> tuple[tuple[ProblemTask, ...], AnswerTerms]:
    """What the experiment holds out, asked as its own evaluations ask."""
    from training.answers.evaluate import AnswerTerms
    from training.answers.tasks import ProblemAsker, held_out_tasks, read_set
    from training.models.catalogue import model_folder
    from training.models.token_bytes import load_tokenizer

    method, asked = config.method, config.evaluation
    assert isinstance(method, RlvrConfig)
    found = read_set(config, method)
    asker = ProblemAsker.of(config, method, load_tokenizer(model_folder(options.model)))
    samples = options.samples or asked.samples
    if options.temperature is None:
        options.temperature = asked.temperature
    if options.top_p is None:
        options.top_p = 1.0  # as in the run
    rule = rule_of(options, samples, options.max_tokens or config.evaluation_tokens)
    terms = AnswerTerms(found.name, method.instruction, rule, ks_of(options, samples))
    return held_out_tasks(config, found.problems, asker), terms


def _file(options: argparse.Namespace, sink: EventSink) -> tuple[tuple[ProblemTask, ...], AnswerTerms]:
    """All problems of a file, or of the built-in arithmetic."""
    from training.answers.evaluate import AnswerTerms
    from training.answers.problem_set import read_problems
    from training.answers.tasks import ProblemAsker
    from training.models.catalogue import model_folder
    from training.models.token_bytes import load_tokenizer

    if not options.problems:
        raise ForesightError(
            "There is nothing to evaluate on.",
            field="problems",
            remedy="Give --problems with a file or `arithmetic`, or --config with an RLVR experiment.",
        )
    method = parse_section(RlvrConfig, "method", {name: getattr(options, name) for name in _FIELDS})
    data = parse_section(SourceConfig, "data", {"corpus": options.problems})
    found = read_problems(data, method.problem_field, method.answer_field)
    asker = ProblemAsker(
        load_tokenizer(model_folder(options.model)),
        instruction=method.instruction,
        prefill_think=not options.no_think,
        max_prompt_tokens=options.max_prompt_tokens,
    )
    asked = asker.ask(found.problems)
    if asked.too_long:
        sink.emit(LogLine(level="warning", text=f"{asked.too_long} problems are too long for their prompts."))
    samples = options.samples or 1
    rule = rule_of(options, samples, options.max_tokens or MAX_TOKENS)
    return asked.tasks, AnswerTerms(found.name, method.instruction, rule, ks_of(options, samples))

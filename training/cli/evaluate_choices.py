"""`evaluate-choices`: how often a model chooses right, by the likeliest letter or after a thought."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, cast

from training.cli.common import EventSink, exit_on_sigterm, failures_told, parse_section
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
from training.contract.settings.text import SourceConfig

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.contract.task_result import ScoreKind


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "evaluate-choices",
        help="accuracy of a model on multiple-choice questions",
        description="Asks multiple-choice questions in the layout of MMLU: a question, a list of choices (or columns "
        "A, B, C ...), and the place or the letter of the right one. letter takes the likeliest of the letters "
        "after `Answer:`; reasoning lets the model think and reads the letter in its last box.",
    )
    add_evaluation_arguments(parser, "questions")
    parser.add_argument("--questions", required=True, metavar="FILE", help="jsonl, csv, parquet or hf:...")
    parser.add_argument("--mode", choices=("letter", "reasoning", "both"), default="letter")
    parser.add_argument("--question-field", default="question", metavar="NAME")
    parser.add_argument("--choices-field", default="choices", metavar="NAME")
    parser.add_argument("--answer-field", default="answer", metavar="NAME")
    parser.add_argument(
        "--instruction", choices=("boxed", "short"), default="boxed", help="prompt of reasoning"
    )
    parser.add_argument(
        "--no-think", action="store_true", help="do not open <think> at the end of the prompt"
    )
    add_resources(parser)
    parser.set_defaults(command=evaluate_choices)


def evaluate_choices(options: argparse.Namespace) -> int:
    """Write the result and, beside it, the answers as parquet; print the table."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        resources = resources_of(options)
        begin(resources)

        from training.answers.choices import ChoiceAsker, LetterAsker
        from training.answers.evaluate import AnswerTerms
        from training.answers.evaluate import evaluate_choices as run_evaluation
        from training.answers.questions import QuestionFields, read_questions
        from training.models.catalogue import model_folder
        from training.models.token_bytes import load_tokenizer
        from training.stages import Teller

        modes = cast(
            "tuple[ScoreKind, ...]", ("letter", "reasoning") if options.mode == "both" else (options.mode,)
        )
        fields = QuestionFields(options.question_field, options.choices_field, options.answer_field)
        found = read_questions(parse_section(SourceConfig, "data", {"corpus": options.questions}), fields)
        questions = found.questions[: options.limit or None]
        tokenizer = load_tokenizer(model_folder(options.model))
        asker = ChoiceAsker(tokenizer, instruction=options.instruction, prefill_think=not options.no_think)
        samples = options.samples or 1
        rule = rule_of(options, samples, options.max_tokens or MAX_TOKENS)
        lengths = [0]
        if "letter" in modes:
            letters = LetterAsker(tokenizer)
            lengths += [1 + len(letters.prompt(question)[0]) for question in questions]
        if "reasoning" in modes:
            lengths += [len(asker.prompt_ids(question)) + rule.max_new_tokens for question in questions]
        prompt = options.instruction if "reasoning" in modes else "Answer:"
        terms = AnswerTerms(found.name, prompt, rule, ks_of(options, samples))
        tell = Teller(sink.emit)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        result = run_evaluation(
            load_model(options, resources, max(lengths)),
            questions,
            modes,
            asker,
            terms,
            options.out.with_suffix(".parquet"),
            lambda done, total: tell.progress("evaluate", done, total, "questions"),
        )
    finish(options, sink, result)
    return 0

"""`evaluate`: how often a model is right about held-out next tokens, plainly and after a thought."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, exit_on_sigterm, failures_told
from training.contract.errors import ForesightError
from training.contract.events import EvaluationDone, Finished
from training.contract.experiment import ExperimentConfig, load_experiment, parse_experiment

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.contract.evaluation_result import EvaluationResult
    from training.evaluation.run import Subject, Terms
    from training.records import Task
    from training.stages import Teller


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "evaluate",
        help="accuracy of a model on held-out positions",
        description="Measures next-token accuracy on held-out positions, without a thought (standard) and after "
        "one (reasoning), for easy, medium and hard ones. The positions are those an experiment holds out "
        "(--config), or those of a file (--positions): a run's work/held_out.parquet, or a positions.parquet "
        "that `score` wrote of the experiment's corpus.",
    )
    parser.add_argument("--model", required=True, metavar="M", help="a model's name or folder")
    parser.add_argument("--config", type=Path, metavar="FILE", help="experiment.yaml; default: of the run")
    parser.add_argument("--positions", type=Path, metavar="FILE", help="task file or positions.parquet")
    parser.add_argument("--mode", choices=("standard", "reasoning", "both"), default="both")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the result, as JSON")
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help="only the first N positions; 0: all"
    )
    parser.add_argument("--samples", type=int, default=0, metavar="K", help="responses to each; 0: as set")
    parser.add_argument("--temperature", type=float, default=None, metavar="T", help="0: most likely token")
    parser.add_argument("--max-response-tokens", type=int, default=0, metavar="N", help="0: as set")
    parser.add_argument("--name", default="", help="what to call the model; default: its folder's name")
    parser.add_argument("--step", type=int, default=0, help="the step its weights are of, for the event")
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=evaluate)


def evaluate(options: argparse.Namespace) -> int:
    """Write the result and, beside it, the answers as parquet; print the table."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = _config(options)
        os.environ["OMP_NUM_THREADS"] = str(config.resources.threads)  # read when torch is imported
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

        from training.evaluation.run import evaluate as run_evaluation
        from training.stages import Teller

        tell = Teller(sink.emit)
        tasks = _tasks(options, config, tell)
        terms = _terms(options, config)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        result = run_evaluation(
            _subject(options, config, tasks, terms),
            tasks,
            terms,
            options.out.with_suffix(".parquet"),
            lambda done, total: tell.progress("evaluate", done, total, "answers"),
        )
        partial = options.out.with_name(options.out.name + ".partial")
        partial.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(options.out)
    sink.emit(EvaluationDone(step=options.step, result=result))
    sink.emit(Finished(steps_done=1, steps_asked=1))
    for line in table(result):
        print(line)
    return 0


def table(result: EvaluationResult) -> list[str]:
    """The result as lines: mode, split, accuracy with its interval, counts."""
    lines = [f"{result.model}: {result.positions}, splits by {result.reference}, {result.seconds:.0f} s"]
    for one in result.scores:
        more = "".join(f"  pass@{k} {value:.3f}" for k, value in one.pass_at.items() if k != "1")
        form = "" if one.format_share is None else f"  in a box {one.format_share:.1%}"
        lines.append(
            f"{one.mode:9} {one.split:6} {one.accuracy:7.2%}  [{one.low:.2%}, {one.high:.2%}]  "
            f"{one.correct} of {one.n * one.samples} at {one.n} positions{form}{more}"
        )
    return lines


def _config(options: argparse.Namespace) -> ExperimentConfig:
    """The experiment that says what is asked and how; one file of positions may lie in a run's folder."""
    if options.config is None and options.positions is None:
        raise ForesightError(
            "There is nothing to evaluate on.",
            field="config",
            remedy="Give --config with an experiment, or --positions with a file.",
        )
    path: Path | None = options.config
    if path is None and (beside := options.positions.parent.parent / "experiment.yaml").is_file():
        path = beside
    config = load_experiment(path) if path is not None else parse_experiment({})
    changes: dict[str, object] = {}
    if options.samples:
        changes["samples"] = options.samples
    if options.temperature is not None:
        changes["temperature"] = options.temperature
    return parse_experiment(_changed(config, changes)) if changes else config


def _changed(config: ExperimentConfig, evaluation: dict[str, object]) -> dict[str, object]:
    data = config.model_dump()
    data["evaluation"] = {**data["evaluation"], **evaluation}
    return data


def _tasks(options: argparse.Namespace, config: ExperimentConfig, tell: Teller) -> tuple[Task, ...]:
    """The tasks, in the tokens of the model that is asked."""
    from training.held_out import held_out_tasks, scan_tasks
    from training.models.catalogue import model_folder
    from training.prompts.task_file import read_tasks

    if options.positions is not None and not options.positions.is_file():
        raise ForesightError(
            f"There is no file {options.positions}.", field="positions", remedy="Name a parquet file."
        )
    model = model_folder(options.model)
    if options.positions is None:
        return held_out_tasks(config, model, model_folder(config.reference), tell, options.limit)
    if not _is_scan(options.positions):
        tasks = read_tasks(options.positions).token_tasks
        return tasks[: options.limit] if options.limit else tasks
    if options.config is None:
        raise ForesightError(
            "A positions.parquet holds no text.",
            field="config",
            remedy="Give --config with the experiment whose corpus it was scored from.",
        )
    return scan_tasks(config, model, options.positions, tell, options.limit)


def _is_scan(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return "context_tokens" in pq.read_schema(path).names
    except pa.ArrowInvalid as error:
        raise ForesightError(
            f"{path.name} is no parquet file.", field="positions", remedy="Name a task file or a scan."
        ) from error


def _terms(options: argparse.Namespace, config: ExperimentConfig) -> Terms:
    from training.evaluation.run import MODES, terms_of

    modes = MODES if options.mode == "both" else (options.mode,)
    return terms_of(config, modes, options.max_response_tokens)


def _subject(
    options: argparse.Namespace, config: ExperimentConfig, tasks: tuple[Task, ...], terms: Terms
) -> Subject:
    from training.engine.launch import pick_device
    from training.engine.sampler import load_sampler
    from training.engine.tokens import end_token_ids
    from training.evaluation.run import Subject
    from training.models.catalogue import model_folder
    from training.models.cpu import use_cpu
    from training.models.fingerprint import weights_sha256
    from training.models.token_bytes import load_tokenizer
    from training.models.weights import parameter_count

    folder = model_folder(options.model)
    device = pick_device(config)
    if device == "cpu":
        use_cpu(config.resources.threads)
    longest = max(len(task.prompt_ids) for task in tasks) + terms.max_response_tokens
    return Subject(
        name=options.name or folder.name,
        sampler=load_sampler(folder, device=device, max_tokens=longest),
        tokenizer=load_tokenizer(folder),
        end_ids=end_token_ids(folder),
        parameters=parameter_count(folder),
        weights_sha256=weights_sha256(folder),
    )

"""What the commands that evaluate on problems and on questions share: options, the model, the result."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, add_settings, parse_section
from training.contract.errors import ForesightError
from training.contract.events import Finished, TasksEvaluated
from training.contract.experiment import parse_experiment
from training.contract.settings.running import ResourcesConfig

if TYPE_CHECKING:
    from training.answers.evaluate import AskedModel
    from training.contract.task_result import TaskResult
    from training.engine.sampler import AskedRule

MAX_TOKENS = 32_768
TEMPERATURE, TOP_P = 0.6, 0.95
"""As RLPT evaluates (METHODS B8)."""
_RESOURCES = ("device", "threads", "precision", "tensor_parallel", "gpu_memory_share")


def add_evaluation_arguments(parser: argparse.ArgumentParser, tasks: str) -> None:
    """Which model, how it is sampled, and where the result goes; `tasks` is what is asked, in the plural."""
    parser.add_argument("--model", required=True, metavar="M", help="a model's name or folder")
    parser.add_argument("--name", default="", help="what to call the model; default: its folder's name")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the result, as JSON")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help=f"only the first N {tasks}; 0: all")
    parser.add_argument(
        "--samples", type=int, default=0, metavar="K", help="responses to each; 0: as set, or 1"
    )
    parser.add_argument("--temperature", type=float, default=None, metavar="T", help="0: most likely token")
    parser.add_argument("--top-p", type=float, default=None, metavar="P", help="nucleus; 1: everything")
    parser.add_argument("--max-tokens", type=int, default=0, metavar="N", help="of a response; 0: as set")
    parser.add_argument(
        "--k", default="", metavar="1,8", help="the k of Pass@k; default: 1, 2, 4 ... and all"
    )
    parser.add_argument("--seed", type=int, default=0, help="draws the responses")
    parser.add_argument("--step", type=int, default=0, help="the step its weights are of, for the event")
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")


def add_resources(parser: argparse.ArgumentParser) -> None:
    add_settings(parser, ResourcesConfig, _RESOURCES)


def resources_of(options: argparse.Namespace) -> ResourcesConfig:
    return parse_section(ResourcesConfig, "resources", {name: getattr(options, name) for name in _RESOURCES})


def begin(resources: ResourcesConfig) -> None:
    """Set the number of threads, which torch reads when it is imported, and the log."""
    os.environ["OMP_NUM_THREADS"] = str(resources.threads)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


def ks_of(options: argparse.Namespace, samples: int) -> tuple[int, ...]:
    """The k of Pass@k, rising. Raises ForesightError for what is no k of so many responses."""
    given = [part.strip() for part in options.k.split(",") if part.strip()]
    if not all(part.isdecimal() and 1 <= int(part) <= samples for part in given):
        raise ForesightError(
            f"--k {options.k} is not to be had of {samples} responses.",
            field="k",
            remedy="Give whole numbers from 1 to --samples, as 1,8.",
        )
    return tuple(sorted({int(part) for part in given}))


def rule_of(options: argparse.Namespace, samples: int, max_tokens: int) -> AskedRule:
    """How responses are drawn: as the options say, else as RLPT evaluates."""
    from training.engine.sampler import AskedRule

    temperature = TEMPERATURE if options.temperature is None else options.temperature
    top_p = TOP_P if options.top_p is None else options.top_p
    if samples > 1 and temperature == 0:
        raise ForesightError(
            f"{samples} responses at temperature 0 are all the same.",
            field="temperature",
            remedy="Raise --temperature, or set --samples to 1.",
        )
    return AskedRule(samples, temperature, top_p, max_tokens, options.seed)


def load_model(options: argparse.Namespace, resources: ResourcesConfig, longest: int) -> AskedModel:
    """The model, ready to be asked; `longest`: tokens of a prompt and its response."""
    from training.answers.evaluate import AskedModel
    from training.engine.launch import pick_device
    from training.engine.sampler import ROLLOUTS_TOGETHER, load_sampler
    from training.engine.tokens import decode, end_token_ids
    from training.models.catalogue import model_folder
    from training.models.cpu import use_cpu
    from training.models.fingerprint import weights_sha256
    from training.models.token_bytes import load_tokenizer
    from training.models.weights import parameter_count

    folder = model_folder(options.model)
    device = pick_device(parse_experiment({"resources": resources.model_dump()}))
    if device == "cpu":
        use_cpu(resources.threads)
    tokenizer = load_tokenizer(folder)
    asked = load_sampler(
        folder,
        device=device,
        max_tokens=longest,
        precision=resources.precision,
        tensor_parallel=resources.tensor_parallel,
        gpu_memory_share=resources.gpu_memory_share,
    )
    return AskedModel(
        name=options.name or folder.name,
        asked=asked,
        tokenizer=tokenizer,
        end_tokens=tuple(decode(tokenizer, [token]) for token in end_token_ids(folder)),
        parameters=parameter_count(folder),
        weights_sha256=weights_sha256(folder),
        together=ROLLOUTS_TOGETHER[device],
    )


def finish(options: argparse.Namespace, sink: EventSink, result: TaskResult) -> None:
    """Write the result, tell of it, print the table."""
    partial = options.out.with_name(options.out.name + ".partial")
    partial.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(options.out)
    sink.emit(TasksEvaluated(step=options.step, result=result))
    sink.emit(Finished(steps_done=1, steps_asked=1))
    for line in table(result):
        print(line)


def table(result: TaskResult) -> list[str]:
    """The result as lines: kind, accuracy with its interval, counts, Pass@k."""
    lines = [f"{result.model} on {result.source} ({result.tasks}), {result.seconds:.0f} s"]
    for one in result.scores:
        more = "".join(f"  pass@{at.k} {at.value:.3f}" for at in one.pass_at if at.k != 1)
        form = "" if one.format_share is None else f"  in a box {one.format_share:.1%}"
        lines.append(
            f"{one.kind:9} {one.accuracy:7.2%}  [{one.low:.2%}, {one.high:.2%}]  "
            f"{one.correct} of {one.n * one.samples} on {one.n}{form}{more}"
        )
    return lines

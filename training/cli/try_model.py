"""`try`: keeps one model loaded and answers what a person asks on the page Try it."""

from __future__ import annotations

import argparse
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, exit_on_sigterm, failures_told
from training.contract.events import Finished
from training.contract.experiment import load_experiment
from training.contract.playground import MOST_SAMPLES, Question, put_question

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.contract.events import Event

IDLE_SECONDS = 300.0


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "try",
        help="ask a model at one context and watch it think",
        description="With --context it answers once and prints the responses. Without, it keeps the model loaded and "
        "answers the questions that are put into --folder, until none has come for --idle seconds.",
    )
    parser.add_argument("--model", required=True, metavar="M", help="a model's name or folder")
    parser.add_argument(
        "--config", required=True, type=Path, metavar="FILE", help="experiment.yaml: how to ask"
    )
    parser.add_argument("--folder", required=True, type=Path, metavar="DIR", help="where questions come")
    parser.add_argument("--context", default="", help="a text to go on from")
    parser.add_argument("--truth", default="", help="how it goes on, to be judged against")
    parser.add_argument("--samples", type=int, default=1, metavar="K", help=f"1 to {MOST_SAMPLES} responses")
    parser.add_argument(
        "--idle", type=float, default=IDLE_SECONDS, metavar="S", help="seconds to stay loaded"
    )
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=try_model)


def try_model(options: argparse.Namespace) -> int:
    """Load, answer, end. Loading is told of before torch is imported, which takes its share of it."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = load_experiment(options.config)
        if options.context:
            put_question(options.folder, _typed(options))
        os.environ["OMP_NUM_THREADS"] = str(config.resources.threads)  # read when torch is imported
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

        from training.stages import Teller

        def emit(event: Event) -> None:
            sink.emit(event)
            if options.context and event.type in {"try_answered", "try_refused"}:
                print(event.model_dump_json(indent=1))

        tell, began = Teller(emit), time.monotonic()
        with tell.stage("load") as detail:
            from training.contract.playground_events import TryReady
            from training.models.catalogue import model_folder
            from training.playground.model import load_model
            from training.playground.session import Session

            model = load_model(model_folder(options.model), config)
            detail(model.device)
        seconds = time.monotonic() - began
        emit(TryReady(device=model.device, parameters=model.parameters, seconds=seconds))
        session = Session(model, config, options.folder, emit)
        session.serve(0.0 if options.context else options.idle)
    sink.emit(Finished(steps_done=1, steps_asked=1))
    return 0


def _typed(options: argparse.Namespace) -> Question:
    from training.cli.common import parse_section

    return parse_section(
        Question,
        "",
        {
            "number": 1,
            "text": options.context + options.truth,
            "at": len(options.context.encode()),
            "samples": options.samples,
        },
    )

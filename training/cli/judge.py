"""`judge`: ask a judge about pairs of a file, or judge a run's stored predictions again."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import EventSink, exit_on_sigterm, failures_told, parse_section
from training.contract.errors import ForesightError
from training.contract.events import Finished
from training.contract.experiment import ExperimentConfig, load_experiment, parse_experiment
from training.contract.settings.segments import JudgeConfig, RlptConfig

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.contract.rejudge_result import Flip, RejudgeResult
    from training.judging.judge import Judge
    from training.judging.pair import Rule
    from training.stages import Teller

_TOGETHER = 1024  # pairs of a file that are asked before their verdicts are written


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "judge",
        help="ask a judge about predictions, or judge a run's again",
        description="With --in: rows {reference, predicted[, rule][, score]} give {score, reply, judge, cached} in the "
        "same order; a row that is none gives {error}. Where rows carry the right score, the agreement with it is "
        "printed. With --run: the stored predictions of an RLPT run are judged again, by another judge or under the "
        "other rule, and what flips is counted. Nothing is trained.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--in", dest="source", type=Path, metavar="FILE", help="jsonl file of pairs")
    source.add_argument("--run", type=Path, metavar="DIR", help="folder of a run")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="PATH", help="jsonl file to write; with --run a folder"
    )
    parser.add_argument(
        "--rule", choices=("prefix", "strict"), default=None, help="default: of the row, or of the run"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="experiment.yaml whose judge is asked; default: the run's"
    )
    for name, field in JudgeConfig.model_fields.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(field.default),
            default=None,
            help=f"{field.description} In place of the experiment's, or {field.default!r}.".replace(
                "%", "%%"
            ),
        )
    parser.add_argument("--events", type=Path, default=None, metavar="FILE", help="spool to write events to")
    parser.set_defaults(command=judge)


def judge(options: argparse.Namespace) -> int:
    """Write the verdicts, or the result of judging again; print what it says."""
    sink = EventSink(options.events)
    exit_on_sigterm()
    with failures_told(sink):
        config = _experiment(options)
        os.environ["OMP_NUM_THREADS"] = str(config.resources.threads)  # read when torch is imported
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

        from training.stages import Teller

        tell = Teller(sink.emit)
        said = _rejudge(options, config, tell) if options.run else _pairs_file(options, config, tell)
    sink.emit(Finished(steps_done=1, steps_asked=1))
    for line in said:
        print(line)
    return 0


def _experiment(options: argparse.Namespace) -> ExperimentConfig:
    """The experiment whose judge is asked, with the judge's settings that the command line changes."""
    path: Path | None = options.config
    if path is None and options.run is not None:
        path = options.run / "experiment.yaml"
    config = load_experiment(path) if path is not None else parse_experiment({"method": {"kind": "rlpt"}})
    given = {name: getattr(options, name) for name in JudgeConfig.model_fields}
    changes = {name: value for name, value in given.items() if value is not None}
    section = parse_section(JudgeConfig, "judge", {**config.judge.model_dump(), **changes})
    return config.model_copy(update={"judge": section})


def _open(config: ExperimentConfig, policy: Path, tell: Teller, log: Path | None = None) -> Judge:
    from training.engine.launch import pick_device
    from training.judging.judge import open_judge
    from training.models.catalogue import foresight_home
    from training.models.cpu import use_cpu

    device = pick_device(config)
    if device == "cpu" and config.judge.kind == "local":
        use_cpu(config.resources.threads)
    return open_judge(
        config.judge,
        policy=policy,
        home=foresight_home(),
        on_retry=lambda text: tell.log(text, "warning"),
        log=log,
        device=device,
    )


def _policy(config: ExperimentConfig, run_dir: Path | None) -> Path:
    """The weights a local judge has where no model is named: those the experiment starts from."""
    from training.checkpoints.start import start_weights
    from training.models.catalogue import models_root, resolve_model

    if config.judge.kind != "local" or config.judge.model:
        return Path()  # not read
    if config.model.start_from:
        return start_weights(config.model.start_from, run_dir / "work" / "start" if run_dir else None)
    return resolve_model(config.model.name, models_root())


def _rejudge(options: argparse.Namespace, config: ExperimentConfig, tell: Teller) -> list[str]:
    from training.contract.rejudge_result import FLIPS_FILE, RESULT_FILE
    from training.judging.rejudge import rejudge, step_files

    files = step_files(options.run)
    method = load_experiment(options.run / "experiment.yaml").method
    if not isinstance(method, RlptConfig):
        raise ForesightError(
            f"{options.run} is a run of {method.kind}, and no judge judged it.",
            field="run",
            remedy="Name a run of next-segment reasoning (RLPT).",
        )
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    opened = _open(config, _policy(config, options.run), tell)
    flips, result_file = out / FLIPS_FILE, out / RESULT_FILE
    with (
        open(flips.with_suffix(".partial"), "w", encoding="utf-8") as written,
        tell.stage("judging") as detail,
    ):

        def on_flip(flip: Flip) -> None:
            written.write(flip.model_dump_json() + "\n")

        result = asyncio.run(
            rejudge(
                files,
                opened,
                options.rule or method.rule,
                method.rule,
                on_flip,
                lambda done, total: tell.progress("judging", done, total, "steps"),
            )
        )
        detail(f"{result.to_right + result.to_wrong} of {result.judged} predictions flip")
    flips.with_suffix(".partial").replace(flips)
    partial = result_file.with_suffix(".partial")
    partial.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(result_file)
    return table(result)


def table(result: RejudgeResult) -> list[str]:
    """The result as lines."""
    kinds = [f"{one.kind} {one.before:.3f} -> {one.after:.3f}" for one in result.kinds]
    return [
        f"before: {result.judge_before or 'unknown'}, {result.rule_before}; now: {result.judge}, {result.rule}; "
        f"{result.seconds:.0f} s",
        f"{result.judged} predictions of {result.rollouts} rollouts judged: 0 -> 1 {result.to_right}, "
        f"1 -> 0 {result.to_wrong}",
        f"malformed {sum(result.table[2])} -> {sum(row[2] for row in result.table)}",
        f"groups with a gradient {result.effective_before} -> {result.effective_after} of {result.groups}: "
        f"{result.gained} gain it, {result.lost} lose it",
        f"mean reward {result.reward_before:.4f} -> {result.reward_after:.4f} ({', '.join(kinds)})",
    ]


def _pairs_file(options: argparse.Namespace, config: ExperimentConfig, tell: Teller) -> list[str]:
    from training.contract.rejudge_result import CALLS, call_of
    from training.judging.rows import judged_rows

    source: Path = options.source
    if not source.is_file():
        raise ForesightError(f"There is no file {source}.", field="in", remedy="Name a jsonl file.")
    rule: Rule = options.rule or (config.method.rule if isinstance(config.method, RlptConfig) else "prefix")
    opened = _open(config, _policy(config, None), tell)
    partial = options.out.with_name(options.out.name + ".partial")
    calls: Counter[str] = Counter()
    known: list[tuple[str, str]] = []  # the right calls and the judge's

    async def write() -> None:
        with open(source, "rb") as lines, open(partial, "w", encoding="utf-8") as out:
            async for row in judged_rows(lines, opened, rule, _TOGETHER):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                calls["error" if "error" in row else call_of(row["score"])] += 1
                if row.get("known") is not None:
                    known.append((call_of(row["known"]), "right" if row["score"] else "wrong"))

    asyncio.run(write())
    partial.replace(options.out)
    if calls["error"]:
        print(f"{calls['error']} of {calls.total()} rows are no pairs; their rows say why.", file=sys.stderr)
    return [", ".join(f"{name} {calls[name]}" for name in CALLS), *_agreed(known)]


def _agreed(known: list[tuple[str, str]]) -> list[str]:
    """How far the judge agrees with verdicts that are known; malformed ones count as wrong."""
    from training.contract.agreement import agreement, count_table

    found = agreement(count_table(known, ("right", "wrong")))
    if found is None:
        return []
    if found.kappa is None:
        beyond = "no kappa: one and the same call throughout"
    else:
        beyond = f"kappa {found.kappa:.2f} [{found.low:.2f}, {found.high:.2f}]"
    return [f"as known in {found.observed:.1%} of {found.n}, {beyond}"]

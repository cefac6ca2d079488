"""`foresight runs`, `cancel` and `resume`."""

from __future__ import annotations

import argparse
from itertools import islice

from foresight.cli.site import open_client
from foresight.cli.terminal import duration, json_text, table
from foresight.models import Changed, RunOut

STATES = ("active", "succeeded", "finished_short", "failed", "cancelled")
SORTS = ("newest", "oldest", "name", "reward", "step")
METHODS = ("rpt", "rlpt", "rlvr", "sft", "ntp")
SHOWN = ("starred", "archived", "all")
_HEAD = ("ID", "NAME", "STATE", "STEP", "REWARD", "LEFT", "CORPUS")


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser("runs", parents=[common], help="list runs")
    parser.add_argument("--state", choices=STATES, default="", help="only runs in this state")
    parser.add_argument("--search", default="", metavar="TEXT", help="part of the run's or its corpus' name")
    parser.add_argument("--tag", default="", help="only runs with this tag")
    parser.add_argument("--method", choices=METHODS, default="", help="only runs of this method")
    parser.add_argument(
        "--show",
        choices=SHOWN,
        default="",
        help="starred or archived runs, or all; else what is not archived",
    )
    parser.add_argument("--sort", choices=SORTS, default="newest")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many (20)")
    parser.set_defaults(command=list_runs)
    for name, call, help_ in (
        ("cancel", cancel, "end a run; what it has written stays"),
        ("resume", resume, "queue a run that ended early again"),
    ):
        one = commands.add_parser(name, parents=[common], help=help_)
        one.add_argument("run", type=int, metavar="RUN", help="the run's number")
        one.set_defaults(command=call)


def list_runs(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        narrowed = {name: getattr(arguments, name) for name in ("search", "state", "tag", "method", "show")}
        found = client.runs.list(**narrowed, sort=arguments.sort)
        runs = list(islice(found, max(0, arguments.limit)))
    if arguments.json:
        print(json_text(runs))
    elif runs:
        print(table(_HEAD, map(_row, runs), numbers=(0, 3, 4)))
    else:
        print("No runs match." if any(narrowed.values()) else "No runs.")
    return 0


def cancel(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        return _told(arguments, client.runs.cancel(arguments.run))


def resume(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        return _told(arguments, client.runs.resume(arguments.run))


def _told(arguments: argparse.Namespace, answer: Changed) -> int:
    """1 when nothing has changed."""
    print(json_text(answer) if arguments.json else answer.message)
    return 0 if answer.changed else 1


def _row(run: RunOut) -> tuple[object, ...]:
    reward = "–" if run.last_reward is None else f"{run.last_reward:.3f}"
    left = duration(run.eta_seconds) if run.state in {"running", "stalled"} else "–"
    return (run.id, run.name, run.state, f"{run.step}/{run.steps_asked}", reward, left, run.corpus_name)

"""`foresight compare`: runs side by side, or under another reward."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from foresight.cli.site import open_client
from foresight.cli.terminal import json_text, table
from foresight.models import Compared, FiguresOut, UnderRulesOut


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "compare",
        parents=[common],
        help="runs side by side, or under another reward",
        description="Settings that differ, where the metrics stand and held-out scores. With --rule each run's mean "
        "reward, share of groups with signal and place under that reward, judged anew from stored rollouts.",
    )
    parser.add_argument(
        "runs", type=int, nargs="+", metavar="RUN", help="the runs' numbers, the first one first"
    )
    parser.add_argument("--rule", help="prefix, first_token, dense or conditional_dense")
    parser.add_argument("--than", default="used", help="beside which reward; what was used otherwise")
    parser.add_argument("--first", type=int, metavar="STEP", help="with --rule: from this step")
    parser.add_argument("--last", type=int, metavar="STEP", help="with --rule: to this step")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        found: Compared | UnderRulesOut
        if arguments.rule:
            found = client.compare.what_if(
                arguments.runs,
                arguments.rule,
                than=arguments.than,
                first=arguments.first,
                last=arguments.last,
            )
        else:
            found = client.compare.runs(arguments.runs)
    if arguments.json:
        print(json_text(found))
    else:
        print("\n".join(_rules(found) if isinstance(found, UnderRulesOut) else _compared(found)))
    return 0


def _compared(found: Compared) -> Iterator[str]:
    heads = tuple(f"RUN {run}" for run in found.runs)
    numbers = tuple(range(1, len(heads) + 1))
    if found.settings:
        yield table(("SETTING", *heads), [(row.name, *row.values) for row in found.settings])
        yield ""
    finals = [(row.label, *map(_number, row.values)) for row in found.finals]
    if finals:
        yield table((f"MEAN OF THE LAST {found.window} STEPS", *heads), finals, numbers)
    if found.refusal:
        yield ""
        yield found.refusal
    for part in found.scores:
        rows = [
            (row["run"], score["label"], f"{100 * score['accuracy']:.1f} %", _interval(score), _delta(score))
            for row in part["rows"]
            for score in row["scores"]
        ]
        yield ""
        yield table(
            ("RUN", f"ON {part['size']} {part['what'].upper()}", "RIGHT", "95 %", "AGAINST THE FIRST"), rows
        )


def _rules(found: UnderRulesOut) -> Iterator[str]:
    yield f"steps {found.first} to {found.last}"
    if found.unlike:
        yield found.unlike
    rows = [
        (
            row.run,
            *_figures(row.than),
            *_figures(row.rule),
            f"+{row.gains} −{row.loses}",
            f"{row.read} of {row.groups}",
        )
        for row in found.rows
    ]
    head = (
        "RUN",
        "MEAN",
        "SIGNAL",
        "PLACE",
        "MEAN THEN",
        "SIGNAL THEN",
        "PLACE THEN",
        "SIGNAL CHANGES",
        "GROUPS READ",
    )
    yield table(head, rows, numbers=tuple(range(7)))


def _figures(found: FiguresOut | None) -> tuple[str, str, str]:
    if found is None:
        return "not known", "–", "–"
    return f"{found.mean:.3f}", f"{100 * found.signal:.0f} %", "–" if found.rank is None else str(found.rank)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _interval(score: dict[str, float]) -> str:
    return f"{100 * score['low']:.0f} to {100 * score['high']:.0f} %"


def _delta(score: dict[str, float | None]) -> str:
    value = score["delta"]
    return "" if value is None else f"{100 * value:+.1f}"

"""`reward`: judge stored responses again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "reward",
        help="judge stored responses again",
        description="Reads rows {context, continuation, response[, truncated][, think_prefilled]} and writes "
        "{reward, prediction, reason} for each, in order; a row that cannot be judged gives {error}.",
    )
    parser.add_argument("--kind", default="prefix", help="the reward rule (default: prefix)")
    parser.add_argument(
        "--model", required=True, help="a model's name or folder; its tokens set the boundaries"
    )
    parser.add_argument(
        "--in", dest="source", required=True, type=Path, metavar="FILE", help="jsonl file to read"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="jsonl file to write")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge every row; 0 also when some rows could not be judged, whose number goes to stderr."""
    from training.contract.errors import ForesightError
    from training.models.catalogue import model_folder
    from training.models.token_bytes import load_tokenizer
    from training.rewards.registry import RULES
    from training.rewards.rescore import Rescorer

    if arguments.kind not in RULES:
        raise ForesightError(
            f"There is no reward {arguments.kind!r}.",
            field="kind",
            remedy=f"Choose one of: {', '.join(RULES)}.",
        )
    if not arguments.source.is_file():
        raise ForesightError(f"There is no file {arguments.source}.", field="in", remedy="Name a jsonl file.")
    rescorer = Rescorer(load_tokenizer(model_folder(arguments.model)), arguments.kind)
    partial = arguments.out.with_name(arguments.out.name + ".partial")
    rows = errors = 0
    with open(arguments.source, "rb") as source, open(partial, "w", encoding="utf-8") as out:
        for row in rescorer.rescore(source):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            rows += 1
            errors += "error" in row
    partial.replace(arguments.out)
    if errors:
        print(f"{errors} of {rows} rows could not be judged; their rows say why.", file=sys.stderr)
    return 0

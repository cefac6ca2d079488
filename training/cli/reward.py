"""`reward`: judge stored responses again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.positions.proxy import Proxy


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "reward",
        help="judge stored responses again",
        description="Reads rows {context, continuation, response[, truncated][, think_prefilled][, group]} and "
        "writes {reward, prediction, reason} for each, in order; a row that cannot be judged gives {error}. "
        "Rows of one group share context, continuation and group, and may stand anywhere in the file.",
    )
    parser.add_argument(
        "--kind",
        default="prefix",
        help="prefix (default), first_token, dense or conditional_dense; the last two run the model",
    )
    parser.add_argument(
        "--model",
        required=True,
        help="a model's name or folder; its tokens set the boundaries, its probabilities the dense rewards",
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
    from training.positions.proxy import load_proxy
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
    folder = model_folder(arguments.model)
    probability = _probability(load_proxy(folder)) if RULES[arguments.kind].dense else None
    rescorer = Rescorer(load_tokenizer(folder), arguments.kind, probability)
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


def _probability(proxy: Proxy) -> Callable[[tuple[int, ...], int], float]:
    """Asks the model for the probability of a token after a context, at temperature 1."""
    import torch

    @torch.inference_mode()
    def probability(context_ids: tuple[int, ...], token: int) -> float:
        *_, last = proxy.logits([context_ids])
        return float(last[-1].softmax(-1)[token])

    return probability

"""`judge-examples`: pairs with known verdicts, to teach a small model to judge and to test any judge."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, load_experiment
from training.contract.settings.segments import RlptConfig

if TYPE_CHECKING:
    from training.cli.common import Subparsers
    from training.judging.examples import Known
    from training.records import Document

LESSONS, TEST = "conversations.jsonl", "pairs.jsonl"
COUNT = 600
_TEST_SHARE = 4  # one pair to test with for so many to learn from


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "judge-examples",
        help="make pairs with known verdicts of a corpus",
        description="Cuts the experiment's corpus into segments and makes predictions of them whose verdict is known: "
        f"{LESSONS} of the documents to train on, as conversations for instruction tuning; {TEST} of the held-out "
        "ones, for `judge --in`, which then says how far a judge agrees.",
    )
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="experiment.yaml, of RLPT")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for both files")
    parser.add_argument(
        "--count", type=int, default=COUNT, metavar="N", help=f"pairs to learn from; default {COUNT}"
    )
    parser.set_defaults(command=judge_examples)


def judge_examples(options: argparse.Namespace) -> int:
    """Write both files and say what they hold."""
    from training.corpus.split import split_documents
    from training.judging.examples import known_pairs
    from training.judging.prompt import question
    from training.stages import read_all

    config = load_experiment(options.config)
    if not isinstance(config.method, RlptConfig):
        raise ForesightError(
            f"{options.config} is an experiment of {config.method.kind}, which no judge rewards.",
            field="method.kind",
            remedy="Name one of next-segment reasoning (rlpt).",
        )
    learnt, held_out = split_documents(
        read_all(config).documents, config.data.held_out_documents, config.seed
    )
    references, seed = config.method.reference_segments, config.seed
    lessons = known_pairs(_cut(learnt, config), references, options.count, seed)
    test = known_pairs(_cut(held_out, config), references, options.count // _TEST_SHARE, seed + 1)
    if not lessons:
        raise ForesightError(
            "No segment of the corpus can be predicted.",
            field="segments.min_characters",
            remedy="Lower it, or give more text.",
        )
    options.out.mkdir(parents=True, exist_ok=True)
    _write(
        options.out / LESSONS,
        (
            {
                "messages": [
                    {"role": "user", "content": question(one.pair)},
                    {"role": "assistant", "content": f"Score: {one.score}"},
                ]
            }
            for one in lessons
        ),
    )
    _write(
        options.out / TEST,
        (
            {
                "rule": one.pair.rule,
                "reference": one.pair.reference,
                "predicted": one.pair.predicted,
                "score": one.score,
            }
            for one in test
        ),
    )
    print(f"{_said(lessons)} in {LESSONS}\n{_said(test)} in {TEST}")
    return 0


def _cut(
    documents: tuple[Document, ...], config: ExperimentConfig
) -> list[tuple[tuple[str, ...], list[int]]]:
    """Segments of each document, and which can be predicted."""
    from training.segments.cut import cut_at, targets
    from training.segments.splitter import SentenceSplitter

    splits = SentenceSplitter().split([document.text for document in documents])
    cuts = [cut_at(document, split.ends) for document, split in zip(documents, splits, strict=True)]
    return [(cut.segments, targets(cut, config.segments)) for cut in cuts]


def _write(path: Path, rows: Iterable[dict[str, object]]) -> None:
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    partial.replace(path)


def _said(known: list[Known]) -> str:
    return f"{len(known)} pairs, {sum(one.score for one in known)} of them right,"

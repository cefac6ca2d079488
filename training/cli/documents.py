"""`documents --corpus FILE --out DIR`: read a corpus and write what the pages show of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from training.cli.common import add_corpus_arguments, corpus_settings

if TYPE_CHECKING:
    from training.cli.common import Subparsers


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("documents", help="read a corpus into documents and a report")
    add_corpus_arguments(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the three files")
    parser.set_defaults(command=documents)


def documents(options: argparse.Namespace) -> int:
    """Write documents.jsonl, documents.index.json and report.json; print a line of what was found."""
    from training.corpus.reader import read_corpus
    from training.corpus.store import write_documents

    read = read_corpus(corpus_settings(options))
    write_documents(read, options.out)
    print(f"{read.report.documents} documents, {read.report.characters} characters")
    for warning in read.report.warnings:
        print(warning)
    return 0

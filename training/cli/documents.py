"""`documents --corpus FILE --out DIR`: read a corpus and write what the pages show of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from training.cli.common import add_corpus_arguments, add_settings, corpus_settings
from training.contract.corpus_report import CorpusKind
from training.contract.settings.answers import SftConfig

if TYPE_CHECKING:
    from training.cli.common import Subparsers

_FIELDS = ("messages_field", "prompt_field", "response_field")


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("documents", help="read a corpus into documents and a report")
    add_corpus_arguments(parser)
    parser.add_argument(
        "--kind",
        choices=get_args(CorpusKind),
        default="documents",
        help="what its rows hold. Default documents.",
    )
    add_settings(parser, SftConfig, _FIELDS)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the three files")
    parser.set_defaults(command=documents)


def documents(options: argparse.Namespace) -> int:
    """Write documents.jsonl, documents.index.json and report.json; print a line of what was found."""
    from training.corpus.conversations import ConversationFields, read_conversations
    from training.corpus.reader import read_corpus
    from training.corpus.store import write_conversations, write_documents

    data = corpus_settings(options)
    if options.kind == "conversations":
        conversations = read_conversations(
            data, ConversationFields(*(getattr(options, name) for name in _FIELDS))
        )
        write_conversations(conversations, options.out)
        report = conversations.report
    else:
        read = read_corpus(data)
        write_documents(read, options.out)
        report = read.report
    print(f"{report.documents} {report.kind}, {report.characters} characters")
    for warning in report.warnings:
        print(warning)
    return 0

"""`foresight corpora` and `upload`."""

from __future__ import annotations

import argparse
from pathlib import Path

from foresight.cli.site import open_client
from foresight.cli.terminal import json_text, table
from foresight.client import Client
from foresight.errors import ForesightClientError
from foresight.models import CorpusOut

_HEAD = ("ID", "NAME", "STATE", "DOCUMENTS", "SOURCE")


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    listing = commands.add_parser("corpora", parents=[common], help="list corpora")
    listing.set_defaults(command=list_corpora)
    parser = commands.add_parser(
        "upload",
        parents=[common],
        help="upload a corpus and wait for its check",
        description="Takes a .txt, .md, .jsonl, .csv or .parquet file; all but parquet also as .gz or .zst.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--kind", choices=("documents", "conversations"), default="documents")
    parser.add_argument("--name", default="", help="what it will be called; the file's name otherwise")
    parser.add_argument(
        "--text-field", default="text", metavar="FIELD", help="the field that holds the text (text)"
    )
    parser.add_argument("--join-fields", default="", metavar="A,B", help="fields joined by a blank line")
    parser.add_argument("--template", default="", help="`Problem: {problem}`")
    parser.add_argument("--no-wait", action="store_true", help="do not wait for the check")
    parser.set_defaults(command=upload)


def list_corpora(arguments: argparse.Namespace) -> int:
    with open_client() as client:
        found = list(client.corpora.list())
    if arguments.json:
        print(json_text(found))
    else:
        print(table(_HEAD, map(_row, found), numbers=(0, 3)) if found else "No corpora.")
    return 0


def upload(arguments: argparse.Namespace) -> int:
    if not arguments.file.is_file():
        raise ForesightClientError(f"There is no file {arguments.file}.", remedy="Name a file.")
    fields = [part.strip() for part in arguments.join_fields.split(",") if part.strip()]
    with open_client() as client:
        found = client.corpora.upload(
            arguments.file,
            name=arguments.name,
            kind=arguments.kind,
            text_field=arguments.text_field,
            join_fields=fields,
            template=arguments.template,
        )
        if not arguments.no_wait:
            found = ready(client, found)
    if arguments.json:
        print(json_text(found))
    elif found.report:
        print(f"Corpus {found.id} is ready: {found.report['documents']:,} documents.")
    else:
        print(f"Corpus {found.id} is uploaded and being checked.")
    return 0


def ready(client: Client, corpus: CorpusOut) -> CorpusOut:
    """The corpus once it has passed its check. Raises ForesightClientError with what is wrong with it."""
    found = client.corpora.wait(corpus.id)
    if found.error is not None:
        raise ForesightClientError(found.error.message, remedy=found.error.remedy)
    return found


def _row(corpus: CorpusOut) -> tuple[object, ...]:
    documents = f"{corpus.report['documents']:,}" if corpus.report else "–"
    return (corpus.id, corpus.name, corpus.state, documents, corpus.source)

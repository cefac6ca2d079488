"""Cuts a corpus once: its boundaries are found again by its texts and the splitter.

One JSON line a document. A cut that was stopped leaves its lines, and the next one goes on from them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from training.contract.boundaries_file import text_sha256
from training.records import Document
from training.segments.splitter import Splitter, SplitText

OnProgress = Callable[[int, int], None]
"""Called with (documents cut so far, all)."""


def split_documents(
    documents: Sequence[Document], splitter: Splitter, home: Path, on_progress: OnProgress
) -> dict[int, SplitText]:
    """The boundaries of each document, by its index; kept in `home`/cache/segments/<key>.jsonl."""
    hashes = {document.index: text_sha256(document.text) for document in documents}
    file = home / "cache" / "segments" / f"{_key(hashes, splitter)}.jsonl"
    partial = file.with_suffix(".partial")
    if file.is_file():
        found = dict(_lines(file))
        if found.keys() == hashes.keys():
            on_progress(len(documents), len(documents))
            return found
    file.parent.mkdir(parents=True, exist_ok=True)
    found = dict(_lines(partial)) if partial.is_file() else {}
    left = [document for document in documents if document.index not in found]
    with open(partial, "a", encoding="utf-8") as handle:
        for start in range(0, len(left), splitter.together):
            part = left[start : start + splitter.together]
            splits = splitter.split([document.text for document in part])
            for document, split in zip(part, splits, strict=True):
                found[document.index] = split
                handle.write(_line(document.index, split))
            handle.flush()
            on_progress(len(found), len(documents))
    try:
        partial.replace(file)
    except FileNotFoundError:  # another process cut the same corpus and was done first
        if not file.is_file():
            raise
    return found


def _key(hashes: dict[int, str], splitter: Splitter) -> str:
    texts = "".join(f"{index} {digest}\n" for index, digest in sorted(hashes.items()))
    return hashlib.sha256(f"{splitter.identity}\n{texts}".encode()).hexdigest()[:32]


def _line(index: int, split: SplitText) -> str:
    values = {"document": index, "ends": split.ends, "asked": split.asked, "refused": split.refused}
    return json.dumps(values) + "\n"


def _lines(file: Path) -> Iterator[tuple[int, SplitText]]:
    """Whole lines alone: a process may have been killed while it wrote."""
    for line in file.read_bytes().split(b"\n")[:-1]:
        try:
            values = json.loads(line)
        except ValueError:  # half a line, and the next process wrote on behind it
            continue
        yield values["document"], SplitText(tuple(values["ends"]), values["asked"], values["refused"])

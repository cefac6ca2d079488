"""What holds for any bytes: a corpus gives the text back byte for byte, or refuses it by name."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from training.contract.errors import ForesightError
from training.contract.settings.text import DataConfig
from training.corpus.reader import read_corpus

BOM = b"\xef\xbb\xbf"


def read(name: str, data: bytes) -> list[str] | ForesightError:
    """The documents' texts, or the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return [document.text for document in read_corpus(DataConfig(corpus=str(path))).documents]
        except ForesightError as error:
            return error


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=40) | st.text(max_size=20).map(str.encode))
@example(data=BOM + b"a\xff")
@example(data=b"\xed\xa0\xbd")  # half of a character, as UTF-8 forbids it
@example(data=b"a\x80")
def test_text_file_is_given_back_byte_for_byte_or_refused(data: bytes) -> None:
    found = read("a.txt", data)
    if isinstance(found, ForesightError):
        assert found.field == "data.corpus"
        assert found.remedy
    else:
        assert found[0].encode() == data.removeprefix(BOM)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5))
def test_rows_are_given_back_whatever_they_hold(texts: list[str]) -> None:
    wanted = list(dict.fromkeys(text for text in texts if text.strip()))
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    found = read("a.jsonl", lines.encode())
    assert found == wanted if wanted else isinstance(found, ForesightError)


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
        min_size=1,
        max_size=5,
    )
)
def test_quoted_cells_are_given_back_whatever_they_hold(texts: list[str]) -> None:
    wanted = list(dict.fromkeys(text for text in texts if text.strip()))
    rows = "".join(f'"{text.replace(chr(34), chr(34) * 2)}"\n' for text in ["text", *texts])
    found = read("a.csv", rows.encode())
    assert found == wanted if wanted else isinstance(found, ForesightError)

"""csv, parquet and packed files: what they become, and what is said of a bad one."""

from __future__ import annotations

import gzip
import io
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from training.contract.errors import ForesightError
from training.contract.settings.text import DataConfig
from training.corpus.reader import CorpusRead, read_corpus

ROWS = b'{"text": "one"}\n{"text": "two"}\n'


def read(path: Path, **options: Any) -> CorpusRead:
    return read_corpus(DataConfig(corpus=str(path), **options))


def texts(path: Path, **options: Any) -> list[str]:
    return [document.text for document in read(path, **options).documents]


def message(path: Path, **options: Any) -> str:
    with pytest.raises(ForesightError) as caught:
        read(path, **options)
    assert caught.value.field == "data.corpus"
    assert caught.value.remedy
    return caught.value.message


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def test_csv_takes_the_text_field_of_the_header_row(tmp_path: Path) -> None:
    data = '\ufeffid,text\r\n1,"one, ""two""\nand three"\r\n\r\n2,Zürich\r\n'.encode()
    found = read(write(tmp_path / "a.csv", data))
    assert [document.text for document in found.documents] == ['one, "two"\nand three', "Zürich"]
    assert (found.report.format, found.report.fields, found.report.used_fields) == (
        "csv",
        ("id", "text"),
        ("text",),
    )


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"text,id\na,1\nb\n", "a.csv, line 3: 1 cells, but the header has 2"),
        (b'text,id\n"a\nb",1\nc,2,3\n', "a.csv, line 4: 3 cells, but the header has 2"),
        (b'text,id\na,1\n"never closed,2\nx,3\n', "a.csv, line 3: not valid CSV (unexpected end of data)"),
        (b"text,text\na,b\n", "line 1: the header names 'text' twice"),
        (b"body,id\na,1\n", "line 2: there is no field 'text'. The fields there are: body, id."),
        (b"text\n\xff\n", "line 2: not UTF-8, byte 0 of the line"),
        (b"text\n", "a.csv is empty"),
    ],
)
def test_csv_at_fault_names_the_line(tmp_path: Path, data: bytes, part: str) -> None:
    assert part in message(write(tmp_path / "a.csv", data))


def test_csv_cell_over_the_limit_is_refused(tmp_path: Path) -> None:
    data = b'text\n"' + b"line\n" * 300_000 + b'"\n'
    assert "line 2: not valid CSV (field larger than field limit (1048576))" in message(
        write(tmp_path / "a.csv", data), max_document_mb=1
    )


def test_parquet_takes_the_text_field(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, 3], "text": ["one", "zwei 🙂", "one"]})
    pq.write_table(table, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert [document.text for document in found.documents] == ["one", "zwei 🙂"]
    assert (found.report.format, found.report.fields, found.report.duplicates) == ("parquet", ("text",), 1)


def test_parquet_of_many_rows_keeps_their_order(tmp_path: Path) -> None:
    wanted = [f"text {i}" for i in range(100)]
    pq.write_table(pa.table({"text": wanted}), tmp_path / "a.parquet", row_group_size=30)
    assert texts(tmp_path / "a.parquet") == wanted


@pytest.mark.parametrize(
    ("columns", "part"),
    [
        ({"id": [7]}, "row 1: there is no field 'text'. The fields there are: id."),
        ({"text": [7]}, "row 1: field 'text' holds \"int64\", which is not text."),
        ({"text": ["a", None]}, "row 2: field 'text' holds null, which is not text."),
    ],
)
def test_parquet_at_fault_names_the_row(tmp_path: Path, columns: dict[str, Any], part: str) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert part in message(tmp_path / "a.parquet")


def test_file_that_only_says_parquet_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", ROWS)
    assert message(path) == "a.parquet is no parquet file: it does not begin with PAR1."
    write(path, b"PAR1" + b"x" * 100 + b"PAR1")
    assert message(path).startswith("a.parquet is no whole parquet file: ")


def test_parquet_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [f"text {i}" for i in range(1000)]}), path)
    write(path, path.read_bytes()[:-100])
    assert message(path).startswith("a.parquet is no whole parquet file: ")


def test_parquet_that_repeats_one_long_text_is_refused(tmp_path: Path) -> None:
    long = ["x" * 100_000] * 400  # kept once, in a dictionary
    pq.write_table(pa.table({"text": long}), tmp_path / "a.parquet", compression="zstd")
    assert "unpacks to more than 250 times its size" in message(tmp_path / "a.parquet")


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd)])
def test_packed_files_read_as_what_they_hold(tmp_path: Path, suffix: str, pack: Any) -> None:
    assert texts(write(tmp_path / f"a.jsonl{suffix}", pack(ROWS))) == ["one", "two"]
    assert texts(write(tmp_path / f"a.csv{suffix}", pack(b"text\none\n"))) == ["one"]
    assert texts(write(tmp_path / f"a.jsonl{suffix}", pack(ROWS) + pack(b'{"text": "three"}'))) == [
        "one",
        "two",
        "three",
    ]
    found = read(write(tmp_path / f"notes.md{suffix}", pack("# Zürich".encode())))
    assert [(document.name, document.text) for document in found.documents] == [("notes.md", "# Zürich")]
    assert found.report.compression == {".gz": "gzip", ".zst": "zstd"}[suffix]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd)])
def test_packed_file_at_fault_is_refused(tmp_path: Path, suffix: str, pack: Any) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    whole = pack(ROWS * 5000)
    for cut in (len(whole) - 1, len(whole) // 2, 12):
        assert "it ends too early" in message(write(path, whole[:cut])), cut
    assert "is no whole" in message(write(path, ROWS))
    assert "is no whole" in message(write(path, whole + b"rubbish behind it"))


def test_zeros_behind_a_gzip_file_are_nothing(tmp_path: Path) -> None:
    assert texts(write(tmp_path / "a.jsonl.gz", gzip.compress(ROWS) + b"\0" * 600)) == ["one", "two"]


def bomb(pack: str) -> bytes:
    """Packed zeros or spaces: two gigabytes as zstd, an eighth of one as gzip."""
    if pack == "zstd":
        packer = zstandard.ZstdCompressor(level=1).compressobj()
        chunk = bytes(1 << 24)
        return b"".join([*(packer.compress(chunk) for _ in range(120)), packer.flush()])
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as file:
        file.write(b" " * (1 << 26))
    return out.getvalue() * 2  # members one after the other


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", "gzip"), (".zst", "zstd")])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_bomb_is_refused_within_seconds(tmp_path: Path, name: str, suffix: str, pack: str) -> None:
    path = write(tmp_path / f"{name}{suffix}", bomb(pack))
    began = time.monotonic()
    assert "unpacks to more than 250 times its size" in message(path)
    assert time.monotonic() - began < 3


def test_corpus_over_the_cap_is_refused(tmp_path: Path) -> None:
    line = b'{"text": "' + b"".join(b"%d " % i for i in range(150_000)) + b'"}\n'  # about a megabyte
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(line * 3, 1))
    assert message(path, max_unpacked_mb=2) == "a.jsonl.gz holds more than 2 MB of text."
    assert len(texts(path, max_unpacked_mb=4)) == 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt"])
def test_line_of_a_gigabyte_is_refused_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with open(path, "wb") as file:
        file.write(b"text" if name == "a.csv" else b'{"text": "')
        file.truncate(1 << 30)
    began = time.monotonic()
    where = "a.txt" if name == "a.txt" else f"{name}, line 1"
    assert message(path) == f"{where} is longer than 64 MB, the most that one document may hold."
    assert time.monotonic() - began < 3


def test_packed_parquet_is_not_a_corpus(tmp_path: Path) -> None:
    assert "'.parquet.gz'" in message(write(tmp_path / "a.parquet.gz", b"x"))

"""What a corpus file becomes, and what is said of one that cannot be read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from training.contract.settings.text import DataConfig
from training.corpus.reader import CorpusRead, read_corpus


def _write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, **options: object) -> CorpusRead:
    return read_corpus(DataConfig.model_validate({"corpus": str(path), **options}))


def _error(path: Path, **options: object) -> ForesightError:
    with pytest.raises(ForesightError) as caught:
        read(path, **options)
    assert caught.value.field == "data.corpus"
    assert caught.value.remedy
    return caught.value


def test_text_file_is_one_document_with_its_text_unchanged(tmp_path: Path) -> None:
    path = _write(tmp_path / "notes.txt", "  Zürich\r\n🙂 end \n")
    found = read(path)
    (document,) = found.documents
    assert (document.index, document.name, document.text) == (0, "notes.txt", "  Zürich\r\n🙂 end \n")
    assert found.report.format == "txt"
    assert found.report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.report.documents, found.report.characters, found.report.bytes) == (1, 17, 21)


def test_markdown_file_is_one_document(tmp_path: Path) -> None:
    found = read(_write(tmp_path / "a.md", "# Title\n"))
    assert found.report.format == "md"
    assert [document.text for document in found.documents] == ["# Title\n"]


def test_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    found = read(_write(tmp_path / "a.txt", b"\xef\xbb\xbfhello"))
    assert found.documents[0].text == "hello"


def test_jsonl_gives_one_document_a_line_and_names_its_text_fields(tmp_path: Path) -> None:
    rows = '{"text": "one", "id": 3, "note": "x"}\n\n{"text": "two\u2028still two"}\n'
    found = read(_write(tmp_path / "a.jsonl", rows))
    assert [(d.index, d.name, d.text) for d in found.documents] == [
        (0, "document 0", "one"),
        (1, "document 1", "two\u2028still two"),
    ]
    assert found.report.fields == ("text", "note")
    assert found.report.used_fields == ("text",)


def test_joined_fields_stand_apart_by_a_blank_line(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", '{"problem": "1+1?", "solution": "2"}\n')
    found = read(path, join_fields=("problem", "solution"))
    assert found.documents[0].text == "1+1?\n\n2"
    assert found.report.used_fields == ("problem", "solution")


def test_duplicates_and_empty_documents_are_left_out_and_counted(tmp_path: Path) -> None:
    texts = ["a", "", "b", "a", "  \n", "a", "c"]
    path = _write(tmp_path / "a.jsonl", "\n".join(json.dumps({"text": text}) for text in texts))
    found = read(path)
    assert [(d.index, d.text) for d in found.documents] == [(0, "a"), (1, "b"), (2, "c")]
    assert (found.report.duplicates, found.report.empty) == (2, 2)
    assert found.report.warnings == (
        "2 exact duplicates were left out.",
        "2 empty documents were left out.",
    )


def test_max_documents_keeps_the_first_and_says_so(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", '{"text": "a"}\n{"text": "b"}\n{"text": "c"}\n')
    found = read(path, max_documents=2)
    assert [document.text for document in found.documents] == ["a", "b"]
    assert found.report.documents == 2
    assert found.report.warnings == ("Only the first 2 of 3 documents are used.",)


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.txt", b"", "a.txt is empty"),
        ("a.txt", b" \n\t", "a.txt is empty"),
        ("a.txt", b"abc\0def", "byte 3 is NUL"),
        ("a.txt", b"abcd\xff\xfe", "byte 4 cannot be read"),
        ("a.txt", b"\xef\xbb\xbfab\xff", "byte 5 cannot be read"),
        ("a.pdf", b"%PDF", "'.pdf'"),
        ("a", b"text", "'(none)'"),
        ("a.jsonl", b'{"text": "a"}\n' * 16 + b'{"text": \n', "line 17: not valid JSON"),
        ("a.jsonl", b"[1]\n", "line 1: a JSON list"),
        ("a.jsonl", b'{"text": "a"}\n{"body": "b", "id": 1}\n', "line 2: there is no field 'text'"),
        ("a.jsonl", b'{"text": 7}\n', "field 'text' holds 7, which is not text"),
        ("a.jsonl", b'{"text": "ab\\ud83d"}\n', "lone surrogate) at character 2"),
        ("a.jsonl", b'{"text": ""}\n', "every document is empty"),
        ("a.jsonl", b"\n \n", "a.jsonl is empty"),
        ("a.jsonl", b'{"text": "a"}\n{"text": "\xff"}\n', "line 2: not UTF-8, byte 10 of the line"),
        ("a.jsonl", b'\xef\xbb\xbf{"text": "a"}\n\0\n', "line 2: not text, byte 0 of the line is NUL"),
    ],
)
def test_unreadable_corpus_names_the_place(tmp_path: Path, name: str, data: bytes, part: str) -> None:
    assert part in _error(_write(tmp_path / name, data)).message


def test_missing_field_names_the_fields_that_are_there(tmp_path: Path) -> None:
    error = _error(_write(tmp_path / "a.jsonl", '{"body": "b", "id": 1}\n'))
    assert error.message.endswith("The fields there are: body, id.")


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "no.txt" in _error(tmp_path / "no.txt").message


def test_deeply_nested_json_is_refused_with_its_line(tmp_path: Path) -> None:
    error = _error(_write(tmp_path / "a.jsonl", '{"text": "a"}\n' + "[" * 200_000))
    assert "line 2: not valid JSON" in error.message


def test_sample_is_the_language_reference_in_a_fixed_order() -> None:
    found, again = read_corpus(DataConfig()), read_corpus(DataConfig())
    names = [document.name for document in found.documents]
    assert names == sorted(names)
    assert "assert" in names
    assert found.report.format == "sample"
    assert found.report.sha256 == again.report.sha256
    assert found.documents == again.documents

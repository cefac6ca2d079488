"""Rows become conversations: every shape that is read, what is left out, and what is said of a bad row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.__main__ import main
from training.contract.corpus_report import CorpusReport
from training.contract.errors import ForesightError
from training.contract.settings.text import DataConfig
from training.corpus.conversations import ConversationFields, ConversationsRead, read_conversations
from training.records import Message

ASK = {"role": "user", "content": "1 + 1?"}
ANSWER = {"role": "assistant", "content": "2"}


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path, fields: ConversationFields = ConversationFields(), **data: Any) -> ConversationsRead:
    return read_conversations(DataConfig(corpus=str(path), **data), fields)


def turns(path: Path, **data: Any) -> list[list[tuple[str, str]]]:
    return [[(m.role, m.content) for m in one.messages] for one in read(path, **data).conversations]


def test_messages_keep_their_roles_order_and_text(tmp_path: Path) -> None:
    system = {"role": "system", "content": ""}
    row = {"messages": [system, ASK, ANSWER, {"role": "tool", "content": " raw\n"}, ANSWER], "id": 7}
    found = turns(write(tmp_path / "a.jsonl", [row]))
    assert found == [
        [("system", ""), ("user", "1 + 1?"), ("assistant", "2"), ("tool", " raw\n"), ("assistant", "2")]
    ]


def test_sharegpt_is_read_under_either_field(tmp_path: Path) -> None:
    said = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]
    rows = [{"conversations": said}, {"messages": [*said, {"from": "human", "value": "Bye"}]}]
    assert turns(write(tmp_path / "a.jsonl", rows)) == [
        [("user", "Hi"), ("assistant", "Hello.")],
        [("user", "Hi"), ("assistant", "Hello."), ("user", "Bye")],
    ]


def test_prompt_and_response_are_two_messages_of_named_fields(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [{"problem": "1 + 1?", "solution": "2", "level": 3}])
    found = read(path, ConversationFields(prompt="problem", response="solution"))
    assert found.conversations[0].messages == (Message("user", "1 + 1?"), Message("assistant", "2"))
    assert found.report.used_fields == ("problem", "solution")
    assert found.report.fields == ("problem", "solution", "level")


def test_parquet_of_lists_and_csv_of_json_are_read_as_jsonl_is(tmp_path: Path) -> None:
    messages = [ASK, ANSWER]
    pq.write_table(pa.table({"id": [1], "messages": [messages]}), tmp_path / "a.parquet")
    cell = json.dumps(messages).replace('"', '""')
    (tmp_path / "a.csv").write_text(f'id,messages\n1,"{cell}"\n')
    expected = [[("user", "1 + 1?"), ("assistant", "2")]]
    assert turns(tmp_path / "a.parquet") == turns(tmp_path / "a.csv") == expected


def test_duplicates_are_left_out_and_the_report_counts(tmp_path: Path) -> None:
    other = {"messages": [{"role": "user", "content": "é"}, ANSWER]}
    path = write(tmp_path / "a.jsonl", [{"messages": [ASK, ANSWER]}, other, {"messages": [ASK, ANSWER]}])
    report = read(path).report
    assert (report.kind, report.documents, report.turns, report.duplicates) == ("conversations", 2, 4, 1)
    assert (report.characters, report.bytes) == (9, 10)
    assert report.warnings == ("1 exact duplicate was left out.",)


def test_max_documents_takes_the_first_ones_and_says_so(tmp_path: Path) -> None:
    rows = [{"messages": [{"role": "user", "content": str(number)}, ANSWER]} for number in range(3)]
    found = read(write(tmp_path / "a.jsonl", rows), max_documents=2)
    assert [one.messages[0].content for one in found.conversations] == ["0", "1"]
    assert [one.name for one in found.conversations] == ["conversation 0", "conversation 1"]
    assert [one.place for one in found.conversations] == ["a.jsonl, line 1", "a.jsonl, line 2"]
    assert found.report.warnings == ("Only the first 2 of 3 conversations are used.",)


BAD = [
    (
        {"text": "a"},
        "there is no field 'messages', nor both 'prompt' and 'response'. The fields there are: text.",
    ),
    ({"messages": "hello"}, "field 'messages' is text, not a list of messages."),
    ({"messages": []}, "field 'messages' holds [], not a list of messages."),
    ({"messages": [ASK, "2"]}, "field 'messages[1]' holds \"2\", not a message."),
    ({"messages": [ASK, {"content": "2"}]}, "field 'messages[1].from' holds null, which is no role."),
    (
        {"messages": [ASK, {"role": "bot", "content": "2"}]},
        "field 'messages[1].role' holds \"bot\", which is no role.",
    ),
    (
        {"messages": [ASK, {"role": "assistant", "content": None}]},
        "field 'messages[1].content' holds null, which is not text.",
    ),
    ({"messages": [ASK, {"role": "assistant", "content": " "}]}, "field 'messages[1].content' is empty."),
    ({"messages": [ANSWER]}, "field 'messages' has no message of the assistant that answers another one."),
    ({"prompt": "a", "response": 2}, "field 'response' holds 2, which is not text."),
    (
        {"prompt": "a", "response": "\ud800"},
        "field 'response' holds half of a character (a lone surrogate) at character 0.",
    ),
]


@pytest.mark.parametrize(("row", "part"), BAD)
def test_row_at_fault_is_named_by_its_line_and_field(tmp_path: Path, row: dict[str, Any], part: str) -> None:
    path = write(tmp_path / "a.jsonl", [{"messages": [ASK, ANSWER]}, row])
    with pytest.raises(ForesightError) as caught:
        read(path)
    assert caught.value.message == f"a.jsonl, line 2: {part}"
    assert caught.value.field == "data.corpus"
    assert caught.value.remedy


def test_file_of_text_holds_no_conversations(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(ForesightError, match=r"a.txt has no rows of named fields"):
        read(tmp_path / "a.txt")
    (tmp_path / "b.jsonl").write_text("\n")
    with pytest.raises(ForesightError, match=r"b.jsonl is empty"):
        read(tmp_path / "b.jsonl")


def test_conversation_over_the_limit_is_refused(tmp_path: Path) -> None:
    long = {"role": "user", "content": "x" * (1 << 19)}
    path = write(tmp_path / "a.jsonl", [{"messages": [long, long, ANSWER]}])
    with pytest.raises(ForesightError, match="line 1 is longer than 1 MB"):
        read(path, max_document_mb=1)
    pq.write_table(pa.table({"messages": [[long, long, ANSWER]]}), tmp_path / "a.parquet")
    with pytest.raises(ForesightError, match="row 1 is longer than 1 MB"):
        read(tmp_path / "a.parquet", max_document_mb=1)


def test_sample_has_a_question_about_each_section_of_the_reference() -> None:
    found = read(Path("sample"))
    asked, answered = found.conversations[0].messages
    assert (asked.role, answered.role) == ("user", "assistant")
    assert asked.content == 'Explain this part of the Python language: The "assert" statement'
    assert answered.content.startswith("Assert statements are a convenient way")
    assert found.report.documents > 100
    assert read(Path("sample")).report.sha256 == found.report.sha256


def test_documents_command_writes_conversations_beside_their_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.jsonl", [{"q": "1 + 1?", "a": "2"}])
    options = ["--kind", "conversations", "--prompt-field", "q", "--response-field", "a"]
    assert main(["documents", "--corpus", str(path), "--out", str(tmp_path / "out"), *options]) == 0
    assert capsys.readouterr().out == "1 conversations, 7 characters\n"
    row = json.loads((tmp_path / "out" / "documents.jsonl").read_text())
    assert row == {
        "index": 0,
        "name": "conversation 0",
        "text": "user: 1 + 1?\n\nassistant: 2",
        "messages": [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "2"}],
    }
    report = CorpusReport.model_validate_json((tmp_path / "out" / "report.json").read_bytes())
    assert (report.kind, report.turns) == ("conversations", 2)
    assert read(tmp_path / "out" / "documents.jsonl").conversations[0].messages[1] == Message(
        "assistant", "2"
    )

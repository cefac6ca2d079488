"""Corpora of conversations: uploaded, checked for real, shown with their turns, and never scanned."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from training.contract.errors import ForesightError
from training.contract.settings.text import PositionsConfig
from webapp.corpora.documents import read_document
from webapp.corpora.models import Corpus
from webapp.corpora.services.check import check_corpus
from webapp.corpora.services.sample import ensure_sample
from webapp.corpora.services.scan import start_scan
from webapp.corpora.services.upload import add_corpus

TURNS = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "1 + 1 <b>?"},
    {"role": "assistant", "content": "2"},
]
ROWS = json.dumps({"messages": TURNS}) + "\n" + json.dumps({"messages": TURNS[1:]}) + "\n"


@pytest.fixture(autouse=True)
def uploads(home: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = home / "uploads"


def checked(user: Any, data: str, **fields: Any) -> Corpus:
    file = SimpleUploadedFile("talk.jsonl", data.encode())
    corpus = add_corpus(user, file, **{"kind": "conversations", **fields})
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    return corpus


def test_upload_of_conversations_is_checked_and_counted(user: Any, client_signed_in: Client) -> None:
    file = SimpleUploadedFile("talk.jsonl", ROWS.encode())
    client_signed_in.post("/corpora/upload/", {"file": file, "kind": "conversations"})
    corpus = Corpus.objects.get()
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    report = corpus.typed_report
    assert report is not None
    assert (corpus.state, corpus.kind, report.kind, report.documents, report.turns) == (
        "ready",
        "conversations",
        "conversations",
        2,
        5,
    )
    page = client_signed_in.get(f"/corpora/{corpus.pk}/").content.decode()
    assert "<dt>Conversations</dt><dd>2</dd>" in page
    assert "<dt>Messages</dt><dd>5</dd>" in page
    assert "Entropy scans" not in page
    assert f"/experiments/new/?preset=sft-demo-cpu&amp;corpus={corpus.pk}" in page
    assert '<span class="chip">conversations</span>' in client_signed_in.get("/corpora/").content.decode()


def test_conversation_is_shown_with_its_turns_and_what_is_learnt(user: Any, client_signed_in: Client) -> None:
    corpus = checked(user, ROWS)
    page = client_signed_in.get(f"/corpora/{corpus.pk}/documents/0/").content.decode()
    assert re.findall(r'data-role="(\w+)"', page) == ["system", "user", "assistant"]
    assert page.count("learnt</span>") == 1
    assert "1 + 1 &lt;b&gt;?" in page
    assert "3 messages, 2 in all" in page
    found = read_document(corpus, 1)
    assert found is not None and found.messages == tuple(TURNS[1:])


def test_messages_uploaded_as_documents_say_what_to_choose_and_are_mended_there(
    user: Any, client_signed_in: Client
) -> None:
    corpus = checked(user, ROWS, kind="documents")
    assert corpus.error["message"] == (
        "talk.jsonl, line 1: there is no field 'text'. The fields there are: messages."
    )
    assert corpus.error["remedy"].startswith("Say that its rows hold conversations")
    client_signed_in.post(f"/corpora/{corpus.pk}/check/", {"kind": "conversations"})
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    assert (corpus.state, corpus.kind) == ("ready", "conversations")


def test_prompt_and_response_become_messages_for_training(user: Any) -> None:
    row = json.dumps({"problem": "1 + 1?", "solution": "2"}) + "\n"
    corpus = checked(user, row, join_fields=["problem", "solution"])
    assert corpus.message_fields == {
        "messages_field": "messages",
        "prompt_field": "problem",
        "response_field": "solution",
    }
    lines = Path(corpus.training_source).read_text().splitlines()
    assert [m["content"] for m in json.loads(lines[0])["messages"]] == ["1 + 1?", "2"]


def test_messages_of_another_field_are_found_there(user: Any) -> None:
    corpus = checked(user, json.dumps({"talk": TURNS}) + "\n", text_field="talk")
    assert (corpus.state, corpus.report["used_fields"]) == ("ready", ["talk"])


def test_conversations_of_one_or_three_fields_are_refused(client_signed_in: Client) -> None:
    data = {"file": SimpleUploadedFile("a.jsonl", b"{}"), "kind": "conversations", "join_fields": "a, b, c"}
    answer = client_signed_in.post("/corpora/upload/", data)
    assert answer.status_code == 422
    assert "Name two fields: the prompt and the response." in answer.content.decode()


def test_bad_row_is_named_by_line_and_field(user: Any) -> None:
    rows = ROWS + json.dumps({"messages": [TURNS[1], {"role": "bot", "content": "2"}]}) + "\n"
    corpus = checked(user, rows)
    assert corpus.state == "invalid"
    assert corpus.error["message"] == (
        "talk.jsonl, line 3: field 'messages[1].role' holds \"bot\", which is no role."
    )


def test_samples_of_both_kinds_stand_side_by_side(user: Any, client_signed_in: Client) -> None:
    documents = ensure_sample(user)
    page = client_signed_in.get("/corpora/").content.decode()
    assert "Add the sample conversations" in page
    assert "Add the sample<" not in page
    client_signed_in.post("/corpora/sample/", {"kind": "conversations"})
    conversations = Corpus.objects.conversations().get()
    assert (conversations.name, conversations.state) == ("Questions about Python", "ready")
    assert conversations.training_source == str(Path(conversations.training_data["corpus"]))
    assert documents.training_source == "sample"
    assert ensure_sample(user) == documents
    assert "Add the sample" not in client_signed_in.get("/corpora/").content.decode()


def test_conversations_cannot_be_scanned(user: Any) -> None:
    with pytest.raises(ForesightError, match="talk holds conversations, which have no positions to score"):
        start_scan(checked(user, ROWS), "smollm2-135m-instruct", PositionsConfig())

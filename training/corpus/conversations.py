"""Reads conversations: rows that hold messages, or a prompt and a response.

Messages are a list of {role, content}; {from, value} with the roles human and gpt is read as well, and their
usual field `conversations`. In a csv cell the list is JSON. Text is never changed. A row at fault is named by
its line and field. Renders nothing: how a conversation becomes tokens is a chat template's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from training.contract.corpus_files import SAMPLE
from training.contract.corpus_report import CorpusReport
from training.contract.settings.text import SourceConfig
from training.corpus.mapping import Row
from training.corpus.refuse import MEGABYTE, bad_corpus, too_long
from training.corpus.rows import OpenedRows, open_rows
from training.corpus.sample import sample_questions
from training.corpus.unpack import Meter
from training.records import ASSISTANT, Conversation, Message

_ROLES = {name: name for name in ("system", "user", ASSISTANT, "tool")} | {"human": "user", "gpt": ASSISTANT}
_ALSO_MESSAGES = "conversations"
_HOW = (
    'Give each row `messages`, a list of {"role": "user", "content": "..."}, or name two fields of text: the '
    "prompt and the response."
)


@dataclass(frozen=True, slots=True)
class ConversationFields:
    """Where a row has its conversation: messages, else a prompt and a response."""

    messages: str = "messages"
    prompt: str = "prompt"
    response: str = "response"


@dataclass(frozen=True, slots=True)
class ConversationsRead:
    """What a corpus of conversations holds, and what was found while reading it."""

    conversations: tuple[Conversation, ...]  # numbered 0, 1, 2 ... without gaps
    report: CorpusReport


class _Seen:
    """Names of fields in order of appearance: those of the rows, those that were read."""

    def __init__(self) -> None:
        self.fields: dict[str, None] = {}  # a dict keeps the order
        self.used: dict[str, None] = {}


def read_conversations(
    data: SourceConfig, fields: ConversationFields = ConversationFields()
) -> ConversationsRead:
    """Read the conversations that `data.corpus` names: `sample`, `hf:org/name[:split]`, or a file's path.

    Exact duplicates are left out and counted. `data.text_field` and its like are not used.

    Raises ForesightError, field `data.corpus`; names the line or row and the field at fault.
    """
    if data.corpus == SAMPLE:
        opened, fields = _sample(), ConversationFields()
    else:
        opened = open_rows(data, (fields.messages, _ALSO_MESSAGES))
    seen = _Seen()
    kept: dict[tuple[Message, ...], str] = {}  # messages -> place
    rows = duplicates = 0
    for place, messages in _parsed(opened, data, fields, seen):
        rows += 1
        duplicates += messages in kept
        kept.setdefault(messages, place)
        if opened.format == "hub" and len(kept) == data.max_documents:
            break  # the rest need not come over the network
    if not rows:
        raise bad_corpus(f"{opened.name} is empty.", "Upload a file that holds conversations.")
    chosen = list(kept.items())[: data.max_documents or None]
    conversations = tuple(
        Conversation(index, place, messages) for index, (messages, place) in enumerate(chosen)
    )
    report = CorpusReport(
        kind="conversations",
        format=opened.format,
        compression=opened.compression,
        sha256=opened.sha256,
        documents=len(conversations),
        turns=sum(len(one.messages) for one in conversations),
        characters=sum(len(message.content) for one in conversations for message in one.messages),
        bytes=sum(len(message.content.encode()) for one in conversations for message in one.messages),
        duplicates=duplicates,
        empty=0,
        fields=tuple(seen.fields),
        used_fields=tuple(seen.used),
        warnings=_warnings(duplicates, len(kept), data.max_documents),
    )
    return ConversationsRead(conversations, report)


def messages_of(
    row: Row, where: str, fields: ConversationFields
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """The row's messages, and the fields they were taken from.

    Raises ForesightError, field `data.corpus`, that names `where` the row stands and its field.
    """
    for field in (fields.messages, _ALSO_MESSAGES):
        if field in row.values:
            return _messages(row.values[field], field, where), (field,)
    if fields.prompt in row.values and fields.response in row.values:
        pair = (("user", fields.prompt), (ASSISTANT, fields.response))
        found = tuple(Message(role, _text(row.values[field], field, where)) for role, field in pair)
        return found, (fields.prompt, fields.response)
    there = ", ".join(row.values) or "none"
    raise bad_corpus(
        f"{where}: there is no field {fields.messages!r}, nor both {fields.prompt!r} and {fields.response!r}. "
        f"The fields there are: {there}.",
        _HOW,
    )


def _sample() -> OpenedRows:
    """The built-in conversations, as if they were rows of two fields."""
    questions = sample_questions()
    rows = (
        Row(f"row {number}", {"prompt": question, "response": answer})
        for number, (question, answer) in enumerate(questions, start=1)
    )
    sha256 = hashlib.sha256("\0".join(text for pair in questions for text in pair).encode()).hexdigest()
    return OpenedRows(rows, SAMPLE, SAMPLE, "", sha256)


def _parsed(
    opened: OpenedRows, data: SourceConfig, fields: ConversationFields, seen: _Seen
) -> Iterator[tuple[str, tuple[Message, ...]]]:
    """(place, messages) of each row, until they are too many or one is too long."""
    most, longest = data.max_unpacked_mb * MEGABYTE, data.max_document_mb * MEGABYTE
    meter = Meter(opened.name, most, most)  # what a file unpacks to is measured where it is read
    for row in opened.rows:
        where = f"{opened.name}, {row.place}"
        seen.fields.update(dict.fromkeys(row.values))
        messages, used = messages_of(row, where, fields)
        seen.used.update(dict.fromkeys(used))
        size = sum(len(message.content.encode()) for message in messages)
        if size > longest:
            raise too_long(where, longest)
        meter.add(size)
        yield where, messages


def _messages(value: object, field: str, where: str) -> tuple[Message, ...]:
    """A list of messages, or the JSON of one."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError) as error:
            raise bad_corpus(f"{where}: field {field!r} is text, not a list of messages.", _HOW) from error
    if not isinstance(value, list) or not value:
        raise bad_corpus(f"{where}: field {field!r} holds {_shown(value)}, not a list of messages.", _HOW)
    messages = tuple(_message(item, f"{field}[{place}]", where) for place, item in enumerate(value))
    if not any(message.role == ASSISTANT for message in messages[1:]):
        raise bad_corpus(
            f"{where}: field {field!r} has no message of the assistant that answers another one.",
            "Leave the row out: there is nothing to learn from it.",
        )
    return messages


def _message(item: object, field: str, where: str) -> Message:
    if not isinstance(item, Mapping):
        raise bad_corpus(f"{where}: field '{field}' holds {_shown(item)}, not a message.", _HOW)
    role_field = "role" if "role" in item else "from"
    role = _ROLES.get(str(item.get(role_field)))
    if role is None:
        raise bad_corpus(
            f"{where}: field '{field}.{role_field}' holds {_shown(item.get(role_field))}, which is no role.",
            f"Use one of: {', '.join(_ROLES)}.",
        )
    content_field = "content" if "content" in item else "value"
    return Message(role, _text(item.get(content_field), f"{field}.{content_field}", where, role == "system"))


def _text(value: object, field: str, where: str, may_be_blank: bool = False) -> str:
    if not isinstance(value, str) or not (value.strip() or may_be_blank):
        raise bad_corpus(
            f"{where}: field '{field}' is empty."
            if isinstance(value, str)
            else f"{where}: field '{field}' holds {_shown(value)}, which is not text.",
            "Give it text, or leave the row out.",
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise bad_corpus(
            f"{where}: field '{field}' holds half of a character (a lone surrogate) at character "
            f"{error.start}.",
            "Write the whole character, or leave the row out.",
        ) from error
    return value


def _warnings(duplicates: int, kept: int, most: int) -> tuple[str, ...]:
    said: list[str] = []
    if duplicates:
        said.append(f"{duplicates} exact duplicate{'s were' if duplicates > 1 else ' was'} left out.")
    if 0 < most < kept:
        said.append(f"Only the first {most} of {kept} conversations are used.")
    return tuple(said)


def _shown(value: object) -> str:
    return json.dumps(value, default=repr)[:40]

"""Judging stored responses again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.rewards.rescore import Rescorer

CONTEXT = "the list"


@pytest.fixture(scope="module")
def rescorer(tmp_path_factory: pytest.TempPathFactory) -> Rescorer:
    folder: Path = make_tiny_model(tmp_path_factory.mktemp("tiny"))
    return Rescorer(load_tokenizer(folder), "prefix")


def row(
    prediction: str, *, context: str = CONTEXT, continuation: str = " size and decreases"
) -> dict[str, Any]:
    return {"context": context, "continuation": continuation, "response": f"t</think>\\boxed{{{prediction}}}"}


def rescored(rescorer: Rescorer, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return list(rescorer.rescore(json.dumps(row).encode() for row in rows))


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (" size", (1.0, "match")),
        (" size and", (1.0, "match")),
        ("size", (0.0, "mismatch")),
        (" si", (0.0, "boundary_miss")),
        (" size ", (0.0, "boundary_miss")),
        ("", (0.0, "empty")),
        (" ", (0.0, "boundary_miss")),
    ],
)
def test_rescore_of_the_papers_example(
    rescorer: Rescorer, prediction: str, expected: tuple[float, str]
) -> None:
    value, reason = expected
    assert rescored(rescorer, row(prediction)) == [
        {"reward": value, "prediction": prediction, "reason": reason}
    ]


@pytest.mark.parametrize("text", [" 🙂!", " größer", "中文", "é́"])
def test_rescore_of_multibyte_text_takes_every_whole_prefix(rescorer: Rescorer, text: str) -> None:
    # The tiny tokenizer has one token for each byte outside ASCII, so every prefix ends on a boundary.
    ends = range(2 if text[0] == " " and text[1] in "gs" else 1, len(text) + 1)
    outputs = rescored(rescorer, *(row(text[:end], continuation=text) for end in ends))
    assert [output["reward"] for output in outputs] == [1.0] * len(ends)


def test_rescore_of_an_emoji_judges_characters(rescorer: Rescorer) -> None:
    outputs = rescored(rescorer, *(row(text, continuation=" 🙂!") for text in (" 🙂", " 🙂!", "🙂", " 🙃")))
    assert [(output["reward"], output["reason"]) for output in outputs] == [
        (1.0, "match"),
        (1.0, "match"),
        (0.0, "mismatch"),
        (0.0, "mismatch"),
    ]


def test_rescore_context_and_continuation_are_one_document(rescorer: Rescorer) -> None:
    split = row("ize", context="list s", continuation="ize and")
    assert rescored(rescorer, split) == [
        {
            "error": "line 1: the context does not end on a token boundary: it ends at byte 6, "
            "inside the token from byte 4 to 9, ' size'"
        }
    ]


def test_rescore_without_context_judges_the_documents_start(rescorer: Rescorer) -> None:
    assert rescored(rescorer, row("the", context="", continuation="the list"))[0]["reason"] == "match"


def test_rescore_bad_rows_name_line_and_field_and_keep_their_place(rescorer: Rescorer) -> None:
    good = json.dumps(row(" size")).encode()
    lines = [b"{", b"", b"[1]", b'{"context": "a", "continuation": "b"}', b'{"context": 1}', b'"\xff"', good]
    errors = [output.get("error", "") for output in rescorer.rescore(lines)]
    assert [error[:12] for error in errors] == [
        "line 1: not ",
        "line 2: not ",
        "line 3: not ",
        "line 4: fiel",
        "line 5: fiel",
        "line 6: not ",
        "",
    ]
    assert errors[3] == "line 4: field 'response': missing"


def test_rescore_empty_continuation_is_an_error_row(rescorer: Rescorer) -> None:
    assert "continuation" in rescored(rescorer, row(" size", continuation=""))[0]["error"]


def test_rescore_prediction_that_is_no_text_is_given_as_base64(rescorer: Rescorer) -> None:
    assert rescored(rescorer, row("\ud83d")) == [
        {"reward": 0.0, "prediction": None, "reason": "mismatch", "prediction_base64": "7aC9"}
    ]


def test_rescore_without_an_answer_has_the_reason(rescorer: Rescorer) -> None:
    cut = row(" size") | {"truncated": True}
    ended = {**row(""), "response": "t</think>\\boxed{{}<|im_end|>"}
    none = {**row(""), "response": "\\boxed{ size}"}
    assert rescored(rescorer, cut, ended, none) == [
        {"reward": 0.0, "prediction": " size", "reason": "truncated"},
        {"reward": 0.0, "prediction": "{", "reason": "mismatch"},
        {"reward": 0.0, "prediction": None, "reason": "no_think_end"},
    ]


def test_rescore_agrees_with_the_tokens_own_boundaries(rescorer: Rescorer, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_tiny_model(tmp_path))
    text = "the name of the list is the end of 🙂 größer 中 text"
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    pieces = [TokenBytes(tokenizer).bytes_of(token) for token in ids]
    start = sum(len(piece) for piece in pieces[:4])
    context, rest = text.encode()[:start].decode(), text.encode()[start:].decode()
    ends, end = set(), 0
    for piece in pieces[4:]:
        end += len(piece)
        ends.add(end)
    outputs = rescored(
        rescorer, *(row(rest[:size], context=context, continuation=rest) for size in range(len(rest)))
    )
    got = [output["reward"] for output in outputs]
    assert got == [float(len(rest[:size].encode()) in ends) for size in range(len(rest))]

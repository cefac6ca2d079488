r"""What counts as the predicted segment of a response (METHODS B4)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from training.rewards.extract import Extraction
from training.rewards.tags import END, START, extract_segment, tagged


def read(response: str, *, truncated: bool = False, think_prefilled: bool = True) -> Extraction:
    return extract_segment(
        response, truncated=truncated, think_prefilled=think_prefilled, end_tokens=("<|im_end|>",)
    )


@pytest.mark.parametrize(
    ("answer", "prediction"),
    [
        (f"{START}So x = 2.{END}", b"So x = 2."),
        (f"It goes on: {START}\n So x = 2. \n{END} I am sure.", b"\n So x = 2. \n"),
        (f"{START}a{END} or {START}b{END}", b"b"),
        (f"{START}a {START}b{END} c{END}", b"b"),
        (f"{START}a{END} or {START}b", b"a"),
        (f"{START}a{END} b{END}", b"a"),
        (f"{END}{START}a{END}", b"a"),
        (f"{START}因此 x = 2。{END}", "因此 x = 2。".encode()),
    ],
)
def test_segment_of_the_last_pair_of_tags_is_the_prediction(answer: str, prediction: bytes) -> None:
    assert read(f"so</think>{answer}<|im_end|>") == Extraction(prediction, None, "so")


@pytest.mark.parametrize("answer", ["So x = 2.", f"{START}a", f"a{END}", f"{END}a{START}", ""])
def test_response_without_a_complete_pair_has_no_prediction(answer: str) -> None:
    assert read(f"so</think>{answer}") == Extraction(None, "no_prediction", "so")


@pytest.mark.parametrize("content", ["", " ", "\n\t "])
def test_pair_with_whitespace_alone_is_empty(content: str) -> None:
    assert read(f"</think>{tagged(content)}") == Extraction(content.encode(), "empty", "")


def test_pair_inside_the_thought_does_not_count() -> None:
    assert read(f"{tagged('a')}</think>b").reason == "no_prediction"
    assert read(f"{tagged('a')}</think>{tagged('b')}</think>{tagged('c')}").prediction == b"c"


def test_thought_that_the_prompt_opened_and_nothing_ends_has_no_answer() -> None:
    assert read(tagged("a")) == Extraction(None, "no_think_end", tagged("a"))
    assert read(f"<think>\n{tagged('a')}", think_prefilled=False).reason == "no_think_end"


def test_response_that_opens_no_thought_is_read_whole() -> None:
    found = read(f"First this.\n{tagged('a')}", think_prefilled=False)
    assert found == Extraction(b"a", None, f"First this.\n{tagged('a')}")
    assert read(f"<think>\nso</think>{tagged('a')}", think_prefilled=False) == Extraction(b"a", None, "\nso")


def test_truncated_response_earns_nothing_but_shows_its_pair() -> None:
    assert read(f"so</think>{tagged('a')} and", truncated=True) == Extraction(b"a", "truncated", "so")
    assert read("so", truncated=True) == Extraction(None, "truncated", "so")


PARTS = st.sampled_from([START, END, "</think>", "<think>", "<|", "|>", "a", " ", "\n", "<|im_end|>"])


@given(response=st.lists(PARTS | st.text(max_size=3), max_size=14).map("".join), prefilled=st.booleans())
@example(response=f"</think>{START}{START}{END}", prefilled=True)
def test_prediction_lies_between_two_tags_and_holds_none(response: str, prefilled: bool) -> None:
    found = read(response, think_prefilled=prefilled)
    if found.prediction is None:
        assert found.reason in ("no_prediction", "no_think_end")
        return
    content = found.prediction.decode("utf-8", "surrogatepass")
    assert tagged(content) in response.rpartition("</think>")[2]
    assert START not in content
    assert END not in content
    assert (found.reason == "empty") == (not content.strip())


@given(content=st.text(st.characters(exclude_characters="<", exclude_categories=["Cs"])))
def test_prediction_written_in_tags_is_read_back_unchanged(content: str) -> None:
    assert read(f"so</think>{tagged(content)}").prediction == content.encode()

r"""What counts as the prediction of a response (METHODS A4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewards.extract import boxed, extract, writable_in_box


def prediction(answer: str) -> bytes | None:
    """The prediction of a response whose thought is over and which ended by itself."""
    return extract(f"a thought</think>{answer}", truncated=False, think_prefilled=True).prediction


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (r"\boxed{\frac{1}{2}}", rb"\frac{1}{2}"),
        (r"\boxed{ }", b" "),
        (r"\boxed{ size}", b" size"),
        ("\\boxed{\n}", b"\n"),
        ("so $\\boxed{ x }$.\n", b" x "),
        (r"\boxed{a} or \boxed{b}", b"b"),
        (r"\boxed{\boxed{x}}", b"x"),
        (r"\\boxed{ para}", b" para"),
        (r"\boxed{\{}", rb"\{"),
        (r"\boxed{\{}.", rb"\{"),
        (r"\boxed{\\}.", rb"\\"),
        (r"\boxed{Größe 中🙂}", "Größe 中🙂".encode()),
    ],
)
def test_box_balanced_is_taken_whole(answer: str, expected: bytes) -> None:
    assert prediction(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (r"\boxed{{}", b"{"),
        (r"\boxed{}}", b"}"),
        ("\\boxed{}}\n", b"}"),
        ("\\boxed{\\}", b"\\"),
        (r"\boxed{ x}}", b" x}"),
        (r"\boxed{\frac{1}", rb"\frac{1"),
    ],
)
def test_box_ending_the_response_is_read_to_the_rightmost_brace(answer: str, expected: bytes) -> None:
    assert prediction(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (r"{\boxed{x}}", b"x"),
        (r"\boxed{x} and {y}", b"x"),
        (r"\boxed{x}$}", b"x"),
        (r"\boxed{}} then", b""),
    ],
)
def test_box_not_ending_the_response_is_read_to_its_own_brace(answer: str, expected: bytes) -> None:
    assert prediction(answer) == expected


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (r"\boxed{ size}", "no_think_end"),
        ("", "no_think_end"),
        ("thought</think> size", "no_box"),
        (r"\boxed{ size}</think>", "no_box"),
        (r"</think>\fbox{ size}", "no_box"),
        (r"</think>\boxed{ size", "unbalanced"),
        (r"</think>\boxed{{} then", "unbalanced"),
        (r"</think>\boxed{a} \boxed{b", "unbalanced"),
        (r"</think>\boxed{}", "empty"),
        (r"</think>\boxed{ size}", None),
    ],
)
def test_response_without_an_answer_keeps_the_reason(response: str, reason: str | None) -> None:
    found = extract(response, truncated=False, think_prefilled=True)
    assert found.reason == reason
    assert (found.prediction is None) == (reason not in (None, "empty"))


def test_think_end_standing_twice_the_last_one_counts() -> None:
    found = extract(r"one</think>\boxed{a} two</think>\boxed{b}", truncated=False, think_prefilled=True)
    assert found.prediction == b"b"
    assert found.thought == r"one</think>\boxed{a} two"


@pytest.mark.parametrize(
    ("response", "prefilled", "thought"),
    [
        (r" so the</think>\boxed{x}", True, " so the"),
        (r"<think> so the</think>\boxed{x}", False, " so the"),
        ("\n<think>so</think>x", False, "so"),
        (r"so the</think>\boxed{x}", False, "so the"),
        ("<think>never ends", False, "never ends"),
        ("never ends", True, "never ends"),
        ("<think>doubled</think>", True, "<think>doubled"),
    ],
)
def test_thought_is_what_stands_before_the_last_end(response: str, prefilled: bool, thought: str) -> None:
    assert extract(response, truncated=False, think_prefilled=prefilled).thought == thought


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("still thinking", None),
        (r"</think>\boxed{ si", None),
        (r"</think>\boxed{{}", None),
        (r"</think>\boxed{ size} and", b" size"),
    ],
)
def test_truncated_response_has_the_reason_truncated(response: str, expected: bytes | None) -> None:
    found = extract(response, truncated=True, think_prefilled=True)
    assert (found.prediction, found.reason) == (expected, "truncated")


def test_end_tokens_are_cut_off_at_the_end_alone() -> None:
    ends = ("<|im_end|>", "<|endoftext|>")
    closed = extract(
        "</think>\\boxed{{}<|im_end|><|endoftext|>", truncated=False, think_prefilled=True, end_tokens=ends
    )
    inside = extract("</think>\\boxed{<|im_end|>}", truncated=False, think_prefilled=True, end_tokens=ends)
    assert closed.prediction == b"{"
    assert inside.prediction == b"<|im_end|>"


@pytest.mark.parametrize("token", ["{", "}", "\\", " }", "a{", "</think>", "\\boxed{"])
def test_writable_in_box_of_unbalanced_text_is_false(token: str) -> None:
    assert not writable_in_box(token)


@pytest.mark.parametrize("token", [" ", " size", "\n", "\\{", "\\frac{1}{2}", "{}", "中", "\\\\"])
def test_writable_in_box_of_ordinary_text_is_true(token: str) -> None:
    assert writable_in_box(token)


@given(st.text())
def test_box_of_any_writable_text_gives_it_back_anywhere(text: str) -> None:
    if text and writable_in_box(text):
        assert prediction(f"so {boxed(text)} it is") == text.encode()
        assert prediction(boxed(text)) == text.encode()


@given(st.text(), st.booleans(), st.booleans())
def test_extract_of_any_text_never_fails_and_reports_one_state(
    response: str, truncated: bool, prefilled: bool
) -> None:
    found = extract(response, truncated=truncated, think_prefilled=prefilled)
    assert found.reason is not None or found.prediction
    assert (found.reason == "truncated") == truncated

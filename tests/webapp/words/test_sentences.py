"""Texts of training in the language of a page."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from training.contract.errors import ForesightError
from webapp.words.sentences import explained, translated


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("Gradient norm", "梯度范数"),
        ("There is no preset 'rpt'.", "没有名为 'rpt' 的预设。"),
        (
            "Words of the user's own, which nobody translates",
            "Words of the user's own, which nobody translates",
        ),
        ("", ""),
    ],
)
def test_text_is_translated_with_its_values(text: str, chinese: str) -> None:
    with override("zh-hans"):
        assert translated(text) == chinese


def test_text_stays_in_english() -> None:
    with override("en"):
        assert translated("Gradient norm") == "Gradient norm"


def test_error_is_explained_with_its_remedy() -> None:
    error = ForesightError("There is no preset rpt.", remedy="Choose one of: demo-cpu, rpt-paper.")
    with override("zh-hans"):
        assert explained(error) == "没有名为 rpt 的预设。请从中选择一个：demo-cpu, rpt-paper。"

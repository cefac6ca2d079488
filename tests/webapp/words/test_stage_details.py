"""What the stages of training say of themselves, in the language of a page."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from scripts.words.training_texts import stage_details
from webapp.words.sentences import PLACE, translated

DETAILS = sorted({text.id for text in stage_details()})
TERMS = {"ASR", "MSR", "token"}


def test_details_of_every_kind_of_run_are_known() -> None:
    assert {
        "{kept} of {scanned} positions kept",
        "{segments} segments of {value} documents",
        "{value} of {total} problems kept; {never} never solved, {always} always",
        "{value} conversations to train on, {value2} held out",
        "{tokens_per_step} tokens a step",
    } <= set(DETAILS)


@pytest.mark.parametrize("pattern", DETAILS)
def test_every_detail_is_translated_with_its_values(pattern: str) -> None:
    numbers = iter(range(1001, 1099))
    said = PLACE.sub(lambda _: str(next(numbers)), pattern)
    with override("zh-hans"):
        shown = translated(said)
    assert set(re.findall("[A-Za-z]{2,}", shown)) <= TERMS
    assert sorted(re.findall(r"\d+", shown)) == re.findall(r"\d+", said)

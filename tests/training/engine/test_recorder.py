"""The rollout file of a step: what the event refers to is what lies there."""

from __future__ import annotations

from pathlib import Path

from tests.training.engine.samples import group, rollout
from tests.training.tiny import make_tiny_model
from training.contract.events import RolloutsWritten
from training.contract.rollout_file import GroupRecord, read_group
from training.engine.recorder import Recorder
from training.models.token_bytes import TokenBytes, load_tokenizer

HALF_EMOJI = b"\xf0\x9f"


def record(folder: Path) -> tuple[RolloutsWritten, list[GroupRecord]]:
    tokenizer = load_tokenizer(make_tiny_model(folder / "model"))
    the = tokenizer.get_vocab()["Ġthe"]
    groups = [
        group(
            rollout(0, 1.0, advantage=0.7, ids=(the, 2)), rollout(1, 0.0, prediction=None, reason="no_box")
        ),
        group(rollout(0, 0.0, prediction=HALF_EMOJI, reason="mismatch"), argmax_id=the),
    ]
    event = Recorder(folder, TokenBytes(tokenizer)).write(12, groups)
    return event, [read_group(folder, event.file, ref.offset, ref.length) for ref in event.groups]


def test_event_refers_to_every_group_by_its_bytes(tmp_path: Path) -> None:
    event, records = record(tmp_path)
    assert event.file == "rollouts/step_000012.zst"
    assert (tmp_path / event.file).stat().st_size == sum(ref.length for ref in event.groups)
    assert [found.group for found in records] == [0, 1]
    assert not list(tmp_path.glob("rollouts/*.partial"))


def test_reference_carries_what_a_list_shows(tmp_path: Path) -> None:
    first = record(tmp_path)[0].groups[0]
    assert (first.document, first.byte_start, first.entropy) == (2, 17, 1.25)
    assert (first.context_tail, first.truth) == ("the list's", " size and")
    assert (first.rewards, first.advantages) == ((1.0, 0.0), (0.7, 0.0))
    assert (first.reasons, first.lengths) == (("match", "no_box"), (2, 3))


def test_record_holds_the_rollout_as_it_was_used(tmp_path: Path) -> None:
    first, second = record(tmp_path)[1]
    used = first.rollouts[0]
    assert (used.reward, used.advantage, used.reason) == (1.0, 0.7, "match")
    assert (used.prediction, used.prediction_bytes, used.thought) == (" size", b" size", "so")
    assert used.token_texts == (" the", "<|im_end|>")
    assert used.logprobs == (-0.5, -0.5)
    assert (first.argmax, second.argmax) == (None, " the")
    assert (first.truth, first.boundaries, first.token_index) == (" size and", (5, 9), 4)


def test_prediction_that_is_no_text_keeps_its_bytes(tmp_path: Path) -> None:
    first, second = record(tmp_path)[1]
    assert second.rollouts[0].prediction_bytes == HALF_EMOJI
    assert second.rollouts[0].prediction == "\ufffd"
    assert first.rollouts[1].prediction is None
    assert first.rollouts[1].prediction_bytes is None


def test_token_without_text_is_shown_by_its_number(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_tiny_model(tmp_path / "model", vocabulary=320))
    assert len(tokenizer) <= 315  # the embedding is larger than the tokenizer
    groups = [group(rollout(0, 0.0, prediction=None, reason="no_box", ids=(315, 2)), argmax_id=315)]
    event = Recorder(tmp_path, TokenBytes(tokenizer)).write(1, groups)
    record = read_group(tmp_path, event.file, 0, event.groups[0].length)
    assert record.argmax == "<unused 315>"
    assert record.rollouts[0].token_texts == ("<unused 315>", "<|im_end|>")

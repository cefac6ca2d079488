"""The rollout file of a step: what the event refers to is what lies there."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import zstandard

from tests.training.engine.samples import group, rollout, segment_bench, segment_task
from tests.training.tiny import make_tiny_model
from training.contract.events import RolloutsWritten
from training.contract.rollout_file import GroupRecord, read_group
from training.engine.methods.rlpt import RlptMethod
from training.engine.methods.rpt import token_facts
from training.engine.recorder import Recorder
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.records import RolloutGroup, Verdict

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
    event = Recorder(folder, TokenBytes(tokenizer), token_facts).write(12, groups)
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


def test_entropies_are_on_file_where_the_rollout_server_told_them(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_tiny_model(tmp_path / "model"))
    told = replace(rollout(0, 1.0, ids=(5, 2)), entropies=(0.123456, 0.0))
    groups = [group(told, rollout(1, 0.0))]
    event = Recorder(tmp_path, TokenBytes(tokenizer), token_facts).write(12, groups)
    found = read_group(tmp_path, event.file, event.groups[0].offset, event.groups[0].length)
    assert [one.entropies for one in found.rollouts] == [(0.1235, 0.0), ()]


def test_file_of_a_next_token_group_is_what_it_always_was(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_tiny_model(tmp_path / "model"))
    the = tokenizer.get_vocab()["Ġthe"]
    wrong = rollout(1, 0.25, prediction=HALF_EMOJI, reason="mismatch", advantage=-0.75, truncated=True)
    groups = [
        group(
            rollout(0, 1.0, advantage=0.75, ids=(the, 2)),
            replace(wrong, first_token=b" li", first_probability=0.25),
            argmax_id=the,
        )
    ]
    event = Recorder(tmp_path, TokenBytes(tokenizer), token_facts).write(12, groups)
    text = zstandard.ZstdDecompressor().decompress((tmp_path / event.file).read_bytes())
    assert sha256(text).hexdigest() == "1b6d3d928d91deb0e357cdb2293b754198be1b68f560fccad2a9ac86131af1a0"


def test_verdict_and_task_of_a_segment_are_on_file(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_tiny_model(tmp_path / "model"))
    verdict = Verdict(1, "Score: 1", "endpoint judge", False, 0.5)
    right = rollout(0, 1.0, advantage=0.7)
    judged = replace(right, reward=replace(right.reward, verdict=verdict))
    made = RolloutGroup(3, segment_task("msr"), (judged, rollout(1, 0.0, reason="copied", advantage=-0.7)))
    facts = RlptMethod(segment_bench(msr_weight=0.25)).facts
    event = Recorder(tmp_path, TokenBytes(tokenizer), facts).write(3, [made])
    (ref,) = event.groups
    found = read_group(tmp_path, event.file, ref.offset, ref.length)
    assert (ref.kind, ref.truth, ref.context_tail) == ("msr", "It ends.", "It begins. ")
    assert (found.kind, found.document, found.token_index, found.byte_start) == ("msr", 5, 1, 11)
    assert (found.truth, found.references, found.following) == (
        "It ends.",
        ("It ends.", " Then more."),
        " Then more.",
    )
    assert (found.boundaries, found.entropy, found.weight) == ((), 0.0, 0.25)
    assert [one.advantage for one in found.rollouts] == [0.7, -0.7]
    kept = found.rollouts[0].verdict
    assert kept is not None
    assert (kept.score, kept.reply, kept.judge, kept.cached, kept.seconds) == (
        1,
        "Score: 1",
        "endpoint judge",
        False,
        0.5,
    )
    assert found.rollouts[1].verdict is None


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
    event = Recorder(tmp_path, TokenBytes(tokenizer), token_facts).write(1, groups)
    record = read_group(tmp_path, event.file, 0, event.groups[0].length)
    assert record.argmax == "<unused 315>"
    assert record.rollouts[0].token_texts == ("<unused 315>", "<|im_end|>")

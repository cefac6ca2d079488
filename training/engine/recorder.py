"""Writes the rollouts of a step: one file of independent zstd frames, one GroupRecord each.

Frames let a page fetch a single group by byte range. What lies in the file is what the update
used: the same tokens, log-probs, rewards and advantages.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import zstandard

from training.contract.events import GroupRef, RolloutsWritten
from training.contract.rollout_file import GroupRecord, RolloutRecord, VerdictRecord, rollout_file
from training.engine.methods.base import TaskFacts
from training.models.token_bytes import TokenBytes
from training.records import Rollout, RolloutGroup

CONTEXT_TAIL = 80  # characters of the context that a list of groups shows
TRUTH_START = 40  # characters of the truth that a list of groups shows


class Recorder:
    """Writes rollout files under one run folder.

    Args:
        run_dir: the run folder.
        token_bytes: of the policy's vocabulary.
        facts: what a file says of a task; the method's.
    """

    def __init__(self, run_dir: Path, token_bytes: TokenBytes, facts: Callable[[Any], TaskFacts]) -> None:
        self._run_dir = run_dir
        self._facts = facts
        self._token_bytes = token_bytes

    def write(self, step: int, groups: Sequence[RolloutGroup]) -> RolloutsWritten:
        """Write a step's groups, whole or not at all, and return the event that refers to them.

        Raises OSError when the disk refuses.
        """
        name = rollout_file(step)
        path = self._run_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        compressor = zstandard.ZstdCompressor(level=3)
        references: list[GroupRef] = []
        with open(partial, "wb") as file:
            for number, group in enumerate(groups):
                record = self._record(number, group)
                frame = compressor.compress(record.model_dump_json().encode())
                references.append(_reference(record, group, file.tell(), len(frame)))
                file.write(frame)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return RolloutsWritten(step=step, file=name, groups=tuple(references))

    def _record(self, number: int, group: RolloutGroup) -> GroupRecord:
        facts = asdict(self._facts(group.task))
        return GroupRecord(
            step=group.step,
            group=number,
            **facts,
            argmax=None if group.argmax_id is None else self._token_bytes.readable(group.argmax_id),
            rollouts=tuple(self._rollout(rollout) for rollout in group.rollouts),
        )

    def _rollout(self, rollout: Rollout) -> RolloutRecord:
        prediction, verdict = rollout.reward.prediction, rollout.reward.verdict
        return RolloutRecord(
            sample=rollout.sample,
            response=rollout.response,
            thought=rollout.reward.thought,
            prediction=None if prediction is None else readable(prediction),
            prediction_base64=None if prediction is None else base64.b64encode(prediction).decode(),
            reason=rollout.reward.reason,
            reward=rollout.reward.value,
            advantage=rollout.advantage,
            truncated=rollout.truncated,
            token_ids=rollout.response_ids,
            token_texts=tuple(self._token_bytes.readable(token) for token in rollout.response_ids),
            logprobs=rollout.logprobs,
            first_token_base64=None
            if rollout.first_token is None
            else base64.b64encode(rollout.first_token).decode(),
            first_probability=rollout.first_probability,
            verdict=None if verdict is None else VerdictRecord(**asdict(verdict)),
            entropies=tuple(round(entropy, 4) for entropy in rollout.entropies),
        )


def readable(data: bytes) -> str:
    """Bytes as text, with a replacement character where they are no valid UTF-8."""
    return data.decode("utf-8", "replace")


def _reference(record: GroupRecord, group: RolloutGroup, offset: int, length: int) -> GroupRef:
    return GroupRef(
        group=record.group,
        kind=record.kind,
        offset=offset,
        length=length,
        document=record.document,
        byte_start=record.byte_start,
        entropy=record.entropy,
        context_tail=record.context[-CONTEXT_TAIL:],
        truth=record.truth[:TRUTH_START],
        rewards=tuple(rollout.reward for rollout in record.rollouts),
        advantages=tuple(rollout.advantage for rollout in record.rollouts),
        reasons=tuple(rollout.reason for rollout in record.rollouts),
        lengths=tuple(len(rollout.response_ids) for rollout in group.rollouts),
    )

"""How the rollouts of a step lie on disk, and how one group is read back.

One file a step (`rollouts/step_000012.zst`): independent zstd frames, one per group, so that a
page fetches a single group by byte range. The JSON of a frame is a `GroupRecord`. Predictions are
bytes and may be no valid UTF-8: they travel as base64 beside a readable form.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

_CHUNK = 1024 * 1024  # bytes read at once


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class VerdictRecord(_Record):
    """What a judge said of a prediction; see records.Verdict."""

    score: int | None
    reply: str
    judge: str
    cached: bool = False
    seconds: float = 0.0


class RolloutRecord(_Record):
    """One response, as sampled, judged and used."""

    sample: int
    response: str  # decoded, special tokens kept
    thought: str
    prediction: str | None  # readable form of the prediction; None: no box
    prediction_base64: str | None  # its exact bytes
    reason: str  # records.Reason
    reward: float
    advantage: float
    truncated: bool
    token_ids: tuple[int, ...]
    token_texts: tuple[str, ...]  # each token, readable; joined they may differ from `response`
    logprobs: tuple[float, ...]  # nats, at the sampling temperature
    first_token_base64: str | None = None  # bytes of the prediction's first token, tokenised in context
    first_probability: float | None = None  # of that token at the plain context, where a dense reward asked
    verdict: VerdictRecord | None = None  # where a judge was asked
    # Nats, of the distribution each token was drawn from; a rollout server that does not tell them leaves them out.
    entropies: tuple[float, ...] = Field(default=(), exclude_if=lambda known: not known)

    @property
    def prediction_bytes(self) -> bytes | None:
        return None if self.prediction_base64 is None else base64.b64decode(self.prediction_base64)


class GroupRecord(_Record):
    """One context and its G responses in one step."""

    step: int
    group: int
    kind: str = "token"  # records.TaskKind
    document: int
    document_name: str
    token_index: int  # of the target; of a segment its place in the document, of a problem 0
    byte_start: int
    byte_end: int
    entropy: float  # nats; 0 where no position was scored
    context: str  # what the policy saw of the document; of a problem its text
    prompt: str  # the whole prompt
    truth: str  # continuation up to the horizon; the target segment; the right answer
    boundaries: tuple[
        int, ...
    ]  # cumulative byte lengths of the truth's own tokens; () where bytes do not count
    references: tuple[str, ...] = ()  # segments the judge was shown, the target first
    following: str = ""  # the segment after the gap that MSR shows
    weight: float = 1.0  # of the group in the loss: lambda for MSR
    argmax: str | None = None  # the plain argmax of the same weights at this position, readable
    rollouts: tuple[RolloutRecord, ...]


def rollout_file(step: int) -> str:
    """Path of a step's rollouts, relative to the run folder."""
    return f"rollouts/step_{step:06d}.zst"


def read_group(run_dir: Path, file: str, offset: int, length: int) -> GroupRecord:
    """Read one group by the byte range its GroupRef names."""
    import zstandard

    with open(run_dir / file, "rb") as handle:
        handle.seek(offset)
        frame = handle.read(length)
    return GroupRecord.model_validate_json(zstandard.ZstdDecompressor().decompress(frame))


def read_groups(path: Path) -> Iterator[GroupRecord]:
    """All groups of a step's file, in order, one in memory at a time."""
    import zstandard

    with open(path, "rb") as handle:
        rest = b""
        while rest or (rest := handle.read(_CHUNK)):
            frame, text = zstandard.ZstdDecompressor().decompressobj(), bytearray()
            while not frame.eof:
                text += frame.decompress(rest)
                rest = frame.unused_data if frame.eof else handle.read(_CHUNK)
                if not frame.eof and not rest:
                    raise EOFError(f"{path.name} ends within a group")
            yield GroupRecord.model_validate_json(bytes(text))

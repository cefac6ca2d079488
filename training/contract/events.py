"""What training tells the world: frozen event records, one JSON line each.

An event is a fact that happened, written once to the run's spool (`stream.py`) and read by
whoever cares. Large things (rollouts, checkpoints) are referred to, never carried.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from training.contract.evaluation_result import EvaluationResult
from training.contract.playground_events import (
    TryAnswered,
    TryAsked,
    TryDone,
    TryPlain,
    TryReady,
    TryRefused,
    TryTokens,
)
from training.contract.task_result import TaskResult

EVENT_VERSION = 1

Stage = Literal[
    "prepare",
    "documents",
    "positions",
    "segments",
    "filter",
    "tasks",
    "cold_start",
    "engine",
    "train",
    "control",
    "tuning",
    "probe",
    "evaluate",
    "near_duplicates",
    "personal_data",
    "decontamination",
    "quality_rules",
    "quality_model",
    "judging",
    "load",
]
STAGE_LABELS: dict[str, str] = {
    "prepare": "Preparing the model",
    "documents": "Reading documents",
    "positions": "Scoring positions",
    "segments": "Cutting segments",
    "cold_start": "Cold start",
    "filter": "Filtering by difficulty",
    "tasks": "Building prompts",
    "engine": "Starting the engine",
    "train": "GRPO",
    "control": "Next-token training",
    "tuning": "Instruction tuning",
}
"""Of the stages of a run, in their order. The others are jobs of their own."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class StageChanged(_Event):
    """A stage began or ended. `seconds` is its duration, when it ended."""

    type: Literal["stage"] = "stage"
    stage: Stage
    status: Literal["started", "finished", "reused"]
    detail: str = ""
    seconds: float | None = None


class Progress(_Event):
    """How far a stage is: `done` of `total` `unit`s."""

    type: Literal["progress"] = "progress"
    stage: Stage
    done: int
    total: int
    unit: str


class Metrics(_Event):
    """Scalars of one step. Keys are those of `metrics.CATALOGUE` or raw verl keys. Steps count from 1;
    step 0 is before training. NaN and infinity are written as null and mean "not measured"."""

    type: Literal["metrics"] = "metrics"
    step: int
    values: dict[str, float | None]


class GroupRef(BaseModel):
    """Where one group of rollouts lies in the rollout file, and what a list of groups needs to show."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    group: int  # 0-based place within the step
    kind: str = "token"  # records.TaskKind
    offset: int  # of the zstd frame in the file, bytes
    length: int  # of the zstd frame, bytes
    document: int  # Document.index
    byte_start: int  # of the target in the document's UTF-8 bytes
    entropy: float  # nats, of the scan
    context_tail: str  # the last characters of the context, for a list
    truth: str  # the start of the true continuation, for a list
    rewards: tuple[float, ...]  # one per sample
    advantages: tuple[float, ...]
    reasons: tuple[str, ...]  # records.Reason, one per sample
    lengths: tuple[int, ...]  # response tokens, one per sample


class RolloutsWritten(_Event):
    """The rollouts of one step are in `file`: independent zstd frames, one GroupRecord JSON each."""

    type: Literal["rollouts"] = "rollouts"
    step: int
    file: str  # relative to the run folder
    groups: tuple[GroupRef, ...]


class CheckpointFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    path: str  # relative to the checkpoint folder
    bytes: int
    sha256: str


class CheckpointSaved(_Event):
    """A verified checkpoint: its manifest was written last."""

    type: Literal["checkpoint"] = "checkpoint"
    step: int
    path: (
        str  # folder relative to the run folder; holds manifest.json, model/ (Hugging Face), state/ (resume)
    )
    model_files: tuple[CheckpointFile, ...]  # the part people download: loads in transformers
    bytes: int  # of the whole folder
    weights_sha256: str  # over the weight files, names the weights for lineage
    reward: float | None = None  # mean reward of the step, when known
    best_by: str = ""  # the metric that `score` is of; see CheckpointConfig
    score: float | None = None  # None: not measured at this step
    parent_weights_sha256: str = ""  # the weights the run began with


class CheckpointRemoved(_Event):
    """A checkpoint left the disk because newer ones took its place."""

    type: Literal["checkpoint_removed"] = "checkpoint_removed"
    step: int
    path: str


class CheckpointReduced(_Event):
    """A checkpoint that is kept for its score lost its state to resume; its weights stay."""

    type: Literal["checkpoint_reduced"] = "checkpoint_reduced"
    step: int
    path: str
    bytes: int  # what is left of the whole folder


class Began(_Event):
    """Which weights the run began with: those of a model, or of another run's checkpoint."""

    type: Literal["began"] = "began"
    model: str  # the model's name
    weights_sha256: str
    start_from: str = (
        ""  # the checkpoint's folder, as the experiment names it; "" for the model's own weights
    )
    step: int = 0  # of that checkpoint


class LogLine(_Event):
    type: Literal["log"] = "log"
    level: Literal["info", "warning", "error"] = "info"
    text: str


class ScanFinished(_Event):
    """A corpus was scored: what the page needs before it opens the parquet file."""

    type: Literal["scan"] = "scan"
    file: str  # positions.parquet, absolute or relative to the job folder
    documents: int
    positions: int
    kept: int  # at the threshold and minimum context asked for
    tokens_per_second: float


class EvaluationDone(_Event):
    """A model was measured on held-out positions. In a run, after `step` GRPO steps; 0 is before them."""

    type: Literal["evaluation"] = "evaluation"
    step: int
    result: EvaluationResult


class TasksEvaluated(_Event):
    """A model was measured on held-out segments, problems or questions. In a run, after `step` GRPO steps."""

    type: Literal["task_evaluation"] = "task_evaluation"
    step: int
    result: TaskResult


class Resumed(_Event):
    """This attempt goes on from a checkpoint of an earlier one."""

    type: Literal["resumed"] = "resumed"
    step: int
    path: str


class Failed(_Event):
    """The attempt ended with an error a person can read."""

    type: Literal["failed"] = "failed"
    message: str
    field: str = ""
    remedy: str = ""
    retryable: bool = False


class Finished(_Event):
    """The attempt says it is done; the reader compares done with asked."""

    type: Literal["finished"] = "finished"
    steps_done: int
    steps_asked: int


Event = Annotated[
    StageChanged
    | Progress
    | Metrics
    | RolloutsWritten
    | CheckpointSaved
    | CheckpointRemoved
    | CheckpointReduced
    | Began
    | LogLine
    | ScanFinished
    | EvaluationDone
    | TasksEvaluated
    | TryReady
    | TryAsked
    | TryPlain
    | TryTokens
    | TryAnswered
    | TryDone
    | TryRefused
    | Resumed
    | Failed
    | Finished,
    Field(discriminator="type"),
]


class Envelope(BaseModel):
    """One line of the spool."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    v: int = EVENT_VERSION
    seq: int  # 1, 2, 3 ... within one attempt, no gaps
    time: float  # Unix seconds
    event: Event


ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)

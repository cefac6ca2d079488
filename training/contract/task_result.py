"""What an evaluation on tasks found: the share of right responses to segments, problems or questions.

The sibling of `evaluation_result.py`, which is of next tokens. Pass@1 is the accuracy; intervals are over
the tasks, which are what was drawn, not over the responses.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

TaskSet = Literal["segments", "answers", "choices"]
"""held-out segments (RLPT), problems with an answer (RLVR), multiple choice."""
ScoreKind = Literal["asr", "msr", "problem", "letter", "reasoning"]
"""What was asked: the next or the masked segment, a problem's answer; of a multiple-choice question the
likeliest letter without a thought, or a letter in a box after one."""

_METRICS: dict[ScoreKind, str] = {
    "asr": "eval/segments/asr",
    "msr": "eval/segments/msr",
    "problem": "eval/answers/pass_1",
    "letter": "eval/choices/letter",
    "reasoning": "eval/choices/reasoning",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PassAt(_Record):
    """Pass@k: the mean over the tasks of 1 - C(n-c, k) / C(n, k), unbiased (METHODS B8)."""

    k: int
    value: float
    low: float  # Wilson's 95 % interval over the tasks
    high: float


class TaskScore(_Record):
    """How a model does on the tasks of one kind."""

    kind: ScoreKind
    n: int  # tasks
    samples: int  # responses to each
    correct: int  # right responses, of n x samples
    accuracy: float  # correct / (n x samples), which is Pass@1
    low: float  # Wilson's 95 % interval over the n tasks
    high: float
    pass_at: tuple[PassAt, ...] = ()  # by rising k; () where nothing was sampled
    format_share: float | None = None  # responses with a non-empty answer in its form
    truncated: float | None = None  # share of responses stopped by the token limit
    mean_length: float | None = None  # tokens of a response, end token counted
    reasons: dict[str, int] = {}  # records.Reason -> responses

    @property
    def asked(self) -> int:
        """Responses that were judged."""
        return self.n * self.samples

    @property
    def key(self) -> str:
        """The metric that this accuracy is: `eval/answers/pass_1`."""
        return _METRICS[self.kind]


class TaskResult(_Record):
    """One model on one set of tasks."""

    what: TaskSet
    model: str  # its name, or the folder's
    parameters: int  # of the model, all of them
    weights_sha256: str  # training.models.fingerprint; "" for weights that lie in no file
    tasks: str  # names the set: results with the same name can be compared
    source: str  # what people call it: the file's name, `arithmetic`
    rule: str  # who says what is right: math-verify, letter, prefix by the judge's name
    prompt: str  # the template's name
    temperature: float  # 0 takes the most likely token
    top_p: float
    max_response_tokens: int
    seconds: float
    answers_file: str  # the parquet with a row for each task and kind
    scores: tuple[TaskScore, ...]

    def score(self, kind: ScoreKind) -> TaskScore | None:
        """The score of a kind; None where it was not measured."""
        return next((one for one in self.scores if one.kind == kind), None)

    @property
    def metrics(self) -> dict[str, float]:
        """The accuracies under their metrics' keys."""
        return {score.key: score.accuracy for score in self.scores}

"""What an evaluation found: accuracy by mode and difficulty, with intervals and counts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from training.contract.difficulty import Split

Mode = Literal["standard", "reasoning"]
"""standard: the most likely next token of the plain model; reasoning: a thought, then a box (RPT 4.1)."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SplitScore(_Record):
    """How one mode does on one split. Splits nest: a hard position counts in easy and medium too."""

    mode: Mode
    split: Split
    n: int  # positions
    samples: int  # responses to each position; 1 in standard mode
    correct: int  # right responses, of n x samples
    accuracy: float  # correct / (n x samples)
    low: float  # Wilson's 95 % interval over the n positions
    high: float
    pass_at: dict[str, float] = {}  # k -> mean Pass@k over the positions; empty in standard mode
    format_share: float | None = None  # responses with a non-empty box after the thought
    truncated: float | None = None  # share of responses stopped by the token limit
    mean_length: float | None = None  # tokens of a response, end token counted
    patterns: dict[str, float] = {}  # reasoning pattern -> share of responses that show it

    @property
    def key(self) -> str:
        """The metric that this accuracy is: `eval/reasoning/hard`."""
        return f"eval/{self.mode}/{self.split}"


class EvaluationResult(_Record):
    """One model on one set of positions."""

    model: str  # its name, or the folder's
    parameters: int  # of the model, all of them
    weights_sha256: str  # training.models.fingerprint
    reference: str  # the model whose entropy makes the splits
    positions: str  # names the set of positions: results with the same name can be compared
    temperature: float  # of the reasoning mode; 0 takes the most likely token
    prompt: str  # the template's name
    max_response_tokens: int
    seconds: float
    answers_file: str  # the parquet with a row for each position and mode
    scores: tuple[SplitScore, ...]

    def score(self, mode: Mode, split: Split) -> SplitScore | None:
        """The score of a mode on a split; None where it was not measured or the split is empty."""
        return next((one for one in self.scores if (one.mode, one.split) == (mode, split)), None)

    @property
    def metrics(self) -> dict[str, float]:
        """The accuracies under the catalogue's keys."""
        return {score.key: score.accuracy for score in self.scores}

"""Made evaluations: results with known numbers, for the pages and their tests. No model said any of this."""

from __future__ import annotations

from training.contract.difficulty import THRESHOLDS, Split
from training.contract.evaluation_result import EvaluationResult, Mode, SplitScore
from training.contract.events import Envelope, EvaluationDone
from training.evaluation.intervals import wilson

COUNTS: dict[Split, int] = {"easy": 200, "medium": 120, "hard": 50}


def made_score(
    mode: Mode, split: Split, correct: int, patterns: dict[str, float] | None = None
) -> SplitScore:
    n = COUNTS[split]
    low, high = wilson(correct, n)
    common = SplitScore(
        mode=mode, split=split, n=n, samples=1, correct=correct, accuracy=correct / n, low=low, high=high
    )
    if mode == "standard":
        return common
    shown = patterns or {"hypothesis": 0.1, "deduction": 0.2}
    return common.model_copy(
        update={
            "pass_at": {"1": correct / n},
            "format_share": 0.75,
            "truncated": 0.05,
            "mean_length": 21.5,
            "patterns": dict.fromkeys(
                ("transition", "reflection", "breakdown", "hypothesis", "divergent", "deduction"), 0.0
            )
            | shown,
        }
    )


def made_result(
    reasoning: int,
    *,
    standard: int = 60,
    positions: str = "a" * 16,
    model: str = "tiny",
    parameters: int = 134_515_008,
    patterns: dict[str, float] | None = None,
) -> EvaluationResult:
    """`standard` and `reasoning` right ones of 200 easy positions; half and a quarter as many of the others."""
    modes: tuple[tuple[Mode, int], ...] = (("standard", standard), ("reasoning", reasoning))
    scores = [
        made_score(mode, split, right // divisor, patterns)
        for mode, right in modes
        for split, divisor in zip(THRESHOLDS, (1, 2, 4), strict=True)
    ]
    return EvaluationResult(
        model=model,
        parameters=parameters,
        weights_sha256="ab",
        reference="reference-model",
        positions=positions,
        temperature=0.0,
        prompt="short",
        max_response_tokens=32,
        seconds=12.5,
        answers_file="answers.parquet",
        scores=tuple(scores),
    )


def made_event(step: int, result: EvaluationResult, seq: int = 1) -> Envelope:
    return Envelope(seq=seq, time=1_800_000_000.0 + step, event=EvaluationDone(step=step, result=result))

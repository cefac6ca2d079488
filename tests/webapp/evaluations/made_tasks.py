"""Made evaluations on tasks: results with known numbers and their files. No model said any of this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.webapp.made_run import MadeRun, make_bare_run
from training.contract.events import Envelope, TasksEvaluated
from training.contract.presets import preset
from training.contract.task_result import ScoreKind, TaskResult, TaskSet
from training.evaluation.task_scores import TaskAnswer, TaskAnswers, task_scores, tasks_key
from training.evaluation.task_table import write_task_answers
from webapp.runs.models import Checkpoint, Run


def made_answers(
    right: Sequence[int], *, samples: int = 4, kind: ScoreKind = "problem", name: str = "task"
) -> list[TaskAnswers]:
    """One task for each number of `right`, which is how many of its responses are."""
    good = TaskAnswer(True, "match", "42", "20 + 22 = 42</think>\\boxed{42}", 9, False)
    bad = TaskAnswer(False, "mismatch", "41", "<b>no</b></think>\\boxed{41}", 7, False)
    return [
        TaskAnswers(kind, f"{name} {place}", place, f"sum {place}", f"{name} {place}?", "42",
                    tuple(good if number < count else bad for number in range(samples)))
        for place, count in enumerate(right)
    ]  # fmt: skip


def made_tasks_result(
    answered: Sequence[TaskAnswers],
    *,
    what: TaskSet = "answers",
    model: str = "tiny",
    prompt: str = "short",
    answers_file: str = "",
) -> TaskResult:
    return TaskResult(
        what=what,
        model=model,
        parameters=134_515_008,
        weights_sha256="ab",
        tasks=tasks_key(answered),
        source="arithmetic",
        rule="math-verify",
        prompt=prompt,
        temperature=0.6,
        top_p=1.0,
        max_response_tokens=40,
        seconds=12.5,
        answers_file=answers_file,
        scores=task_scores(answered),
    )


def made_tasks_event(step: int, result: TaskResult, seq: int = 1) -> Envelope:
    return Envelope(seq=seq, time=1_800_000_000.0 + step, event=TasksEvaluated(step=step, result=result))


def write_answers_of(run: Run, step: int, answered: Sequence[TaskAnswers]) -> str:
    """The file a run leaves; returns its name."""
    name = f"step_{step:06d}.parquet"
    write_task_answers(Path(run.folder_path) / "evaluations" / name, answered)
    return name


def make_rlvr_run(owner: Any, name: str, *, start: Checkpoint | None = None, **made: Any) -> Run:
    """A run of RLVR that holds problems out, begun from a checkpoint or from the base."""
    run = make_bare_run(owner, MadeRun(name, **made))
    config = preset("rlvr-demo-cpu").model_dump(mode="json")
    if start is not None:
        config["model"]["start_from"] = "/gone/by/now"
    run.config, run.start_checkpoint = config, start
    run.experiment.config = {
        **config,
        "model": {**config["model"], "start_from": start.reference if start else ""},
    }
    run.experiment.save()
    run.save()
    return run

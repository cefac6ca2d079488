"""Starts an evaluation on problems or on multiple-choice questions as a job of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from training.contract.errors import ForesightError
from training.contract.task_result import TaskSet
from webapp.corpora.model_choices import find_model
from webapp.corpora.models import Corpus
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.services.start import holds_out, model_folder
from webapp.jobs.services.create import create_job
from webapp.jobs.services.hint import send_launch_hint
from webapp.runs.models import Checkpoint, Run

_COMMANDS: dict[TaskSet, str] = {"answers": "evaluate-answers", "choices": "evaluate-choices"}


@dataclass(frozen=True, slots=True)
class Measured:
    """The weights that are to be measured."""

    model: str  # a name or a folder, for training
    name: str  # for people
    run: Run | None = None  # whose checkpoint it is
    step: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """How responses are drawn, and which fields of a row are read."""

    samples: int
    temperature: float
    top_p: float
    max_tokens: int
    ks: tuple[int, ...]
    instruction: str
    think: bool
    fields: tuple[tuple[str, str], ...]  # (option, name of the field)
    mode: str = ""  # of questions: letter, reasoning or both

    @property
    def arguments(self) -> list[str]:
        drawn = {
            "--samples": self.samples,
            "--temperature": self.temperature,
            "--top-p": self.top_p,
            "--max-tokens": self.max_tokens,
            "--instruction": self.instruction,
        }
        found = [word for name, value in drawn.items() for word in (name, str(value))]
        found += [f"{option}={field}" for option, field in self.fields]  # in one: it may begin with a dash
        if self.ks:
            found += ["--k", ",".join(map(str, self.ks))]
        if self.mode:
            found += ["--mode", self.mode]
        return found if self.think else [*found, "--no-think"]


def named_model(model: str) -> Measured:
    """A model by its name. Raises ForesightError, field `model`, when there is none."""
    finding = find_model(model)
    if finding.error:
        raise ForesightError(finding.error, field="model")
    return Measured(model, model)


def of_checkpoint(checkpoint: Checkpoint) -> Measured:
    """A run's checkpoint. Raises ForesightError when it is gone."""
    return Measured(str(model_folder(checkpoint)), f"step {checkpoint.step}", checkpoint.run, checkpoint.step)


def can_solve(run: Run) -> bool:
    """Whether a run holds problems out that its checkpoints can be asked."""
    return run.method == "rlvr" and holds_out(run)


def evaluate_held_out(checkpoint: Checkpoint) -> TaskEvaluation:
    """Queue an evaluation of a checkpoint on the problems its run holds out, asked as the run asks.

    Raises ForesightError when the run holds none out, or the checkpoint is gone.
    """
    run = checkpoint.run
    if not can_solve(run):
        raise ForesightError(
            f"{run.name} holds no problems out, so there is nothing it has not trained on.",
            field="data.held_out_documents",
            remedy="Hold out some problems in the next experiment.",
        )
    arguments = ["--config", str(run.folder_path / "experiment.yaml")]
    return _start(run.owner, "answers", of_checkpoint(checkpoint), str(run.experiment.corpus), arguments)


def evaluate_problems(owner: Any, measured: Measured, corpus: Corpus, asking: Asking) -> TaskEvaluation:
    """Queue an evaluation on all problems of a corpus."""
    arguments = ["--problems", corpus.source_data["corpus"], *asking.arguments]
    return _start(owner, "answers", measured, corpus.name, arguments)


def evaluate_questions(owner: Any, measured: Measured, corpus: Corpus, asking: Asking) -> TaskEvaluation:
    """Queue an evaluation on all multiple-choice questions of a corpus."""
    arguments = ["--questions", corpus.source_data["corpus"], *asking.arguments]
    return _start(owner, "choices", measured, corpus.name, arguments)


START: dict[str, Callable[[Any, Measured, Corpus, Asking], TaskEvaluation]] = {
    "answers": evaluate_problems,
    "choices": evaluate_questions,
}
"""By task_result.TaskSet: what starts an evaluation on a corpus."""


def _start(
    owner: Any, what: TaskSet, measured: Measured, source: str, arguments: list[str]
) -> TaskEvaluation:
    command = [_COMMANDS[what], "--model", measured.model, "--name", measured.name, *arguments]
    command += ["--step", str(measured.step), "--out", "{folder}/result.json", "--events", "{spool}"]
    with transaction.atomic():
        job = create_job(what, owner, "evaluations/{job}", command)
        evaluation: TaskEvaluation = TaskEvaluation.objects.create(
            owner=owner,
            run=measured.run,
            job=job,
            step=measured.step,
            model=measured.name,
            what=what,
            source=source,
        )
        send_launch_hint(job)
    return evaluation

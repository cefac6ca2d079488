"""A run small enough for tests: the tiny model, a few tasks from one document.

As a program it trains: `python -m tests.training.engine.small_run RUN STEPS ATTEMPT [RESUME]`. Training
sets environment variables that verl reads once, so each run has a process of its own. RUN/changes.json,
where there is one, holds settings that differ: {section: {setting: value}}; a method with a kind takes the
place of RPT. Models and caches are looked for in RUN/home.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from training.contract.errors import ForesightError
from training.contract.events import Event, Metrics, RolloutsWritten
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.rollout_file import GroupRecord, read_group
from training.contract.stream import read_after, spool_path
from training.models.token_bytes import load_tokenizer
from training.prompts.task_file import write_tasks
from training.records import Task, TokenPosition

Kind = TypeVar("Kind")

DOCUMENT = "the name of the value is the name of a list and the end of the line is the end of the text"


def small_config(steps: int, *, every: int = 2) -> ExperimentConfig:
    """Two contexts of two rollouts per step, on the CPU with one thread."""
    return parse_experiment(
        {
            "name": "small",
            "seed": 3,
            "positions": {"min_context": 2, "max_context": 16},
            "method": {"kind": "rpt", "prompt": "short"},
            "sampling": {
                "group_size": 2,
                "temperature": 1.0,
                "max_prompt_tokens": 64,
                "max_response_tokens": 8,
            },
            "optimisation": {
                "steps": steps,
                "contexts_per_step": 2,
                "mini_batch_contexts": 2,
                "learning_rate": 1e-3,
                # A random policy earns nothing; the entropy bonus gives the update a gradient.
                "entropy_coefficient": 0.01,
            },
            "checkpoints": {"every": every},
            "resources": {
                "device": "cpu",
                "threads": 1,
                "precision": "float32",
                "micro_batch_rollouts": 4,
                "gradient_checkpointing": False,
            },
        }
    )


def changed_config(steps: int, run_dir: Path) -> ExperimentConfig:
    """small_config with the changes that lie in the run's folder."""
    file = run_dir / "changes.json"
    changes: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
    data = small_config(steps).model_dump(mode="json")
    for section, values in changes.items():
        data[section] = values if "kind" in values and section == "method" else data[section] | values
    return parse_experiment(data)


def write_small_tasks(path: Path, model_dir: Path, count: int) -> tuple[Task, ...]:
    """Tasks at successive positions of DOCUMENT, written to `path` in that order."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    encoded = tokenizer(DOCUMENT, return_offsets_mapping=True)
    ids, spans = encoded["input_ids"], encoded["offset_mapping"]
    tasks = []
    for index in range(4, 4 + count):
        start, end = spans[index]
        context = DOCUMENT[:start]
        prompt = f"{context}\n<think>"
        position = TokenPosition(0, index, start, end, ids[index], 1.0, -1.0, 1, ids[0])
        ends = [stop - start for _, stop in spans[index : index + 3]]
        tasks.append(
            Task(
                position=position,
                document_name="document 0",
                context=context,
                prompt=prompt,
                prompt_ids=tuple(tokenizer(prompt)["input_ids"]),
                context_ids=tuple(ids[:index]),
                think_prefilled=True,
                truth=DOCUMENT[start : start + ends[-1]].encode(),
                boundaries=tuple(ends),
            )
        )
    write_tasks(path, tasks, b" the")
    return tuple(tasks)


def teach(
    model_dir: Path, prompts: Sequence[tuple[int, ...]], answers: Sequence[Sequence[str]], steps: int = 120
) -> None:
    """Train a model in place to give one of a prompt's answers, by lot; every prompt has as many."""
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer, model = load_tokenizer(model_dir), AutoModelForCausalLM.from_pretrained(model_dir)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for step in range(steps):
            at = step % len(prompts)
            answer = answers[at][step // len(prompts) % len(answers[at])]
            response = tokenizer(f"{answer}<|im_end|>")["input_ids"]
            ids = torch.tensor([[*prompts[at], *response]])
            labels = ids.clone()
            labels[:, : len(prompts[at])] = -100
            model(input_ids=ids, labels=labels).loss.backward()
            adam.step()
            adam.zero_grad()
    model.save_pretrained(model_dir)


@dataclass(frozen=True, slots=True)
class SmallAttempt:
    """What an attempt that ended left behind."""

    folder: Path
    events: list[Event]

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def groups(self) -> dict[int, list[GroupRecord]]:
        """The groups of each step."""
        return {
            event.step: [read_group(self.folder, event.file, ref.offset, ref.length) for ref in event.groups]
            for event in self.of(RolloutsWritten)
        }

    @property
    def metrics(self) -> dict[int, dict[str, float | None]]:
        """The metrics of each step."""
        return {event.step: event.values for event in self.of(Metrics) if "reward/mean" in event.values}


def attempt_of(folder: Path, attempt: int) -> SmallAttempt:
    return SmallAttempt(folder, [line.event for line in read_after(spool_path(folder, attempt))])


def train_small(folder: Path, steps: int, attempt: int, resume: str = "") -> SmallAttempt:
    """Train to the end."""
    process = start_small(folder, steps, attempt, resume)
    output: str = process.communicate(timeout=600)[0]
    assert process.returncode == 0, output[-4000:]
    return attempt_of(folder, attempt)


def start_small(run_dir: Path, steps: int, attempt: int, resume: str = "") -> subprocess.Popen[str]:
    """Begin training in a process of its own; `resume` names a checkpoint of the run."""
    arguments = [str(run_dir), str(steps), str(attempt), *([resume] if resume else [])]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.engine.small_run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def main(arguments: list[str]) -> None:
    from training.engine.launch import train

    run_dir, steps, attempt = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    os.environ["FORESIGHT_HOME"] = str(run_dir / "home")
    try:
        done = train(
            changed_config(steps, run_dir),
            model_dir=run_dir / "work" / "model",
            tasks_file=run_dir / "work" / "tasks.parquet",
            run_dir=run_dir,
            attempt=attempt,
            resume_from=run_dir / "checkpoints" / arguments[3] if len(arguments) > 3 else None,
        )
    except ForesightError as error:
        sys.exit(f"given up, retryable={error.retryable}: {error.message}")
    print(f"steps done: {done}")


if __name__ == "__main__":
    main(sys.argv[1:])

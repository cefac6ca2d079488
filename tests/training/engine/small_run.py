"""A run small enough for tests: the tiny model, a few tasks from one document.

As a program it trains: `python -m tests.training.engine.small_run RUN STEPS ATTEMPT [RESUME]`. Training
sets environment variables that verl reads once, so each run has a process of its own. RUN/changes.json,
where there is one, holds settings that differ: {section: {setting: value}}.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.prompts.task_file import write_tasks
from training.records import Task, TokenPosition

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
        data[section] |= values
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

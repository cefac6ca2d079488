"""Next-segment tasks small enough for tests, and a tiny policy that gives one of two answers to each by lot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from tests.training.engine.small_run import teach
from tests.training.tiny import make_tiny_model
from training.models.token_bytes import load_tokenizer
from training.prompts.task_file import write_tasks
from training.records import SegmentTask
from training.rewards.tags import tagged

Kind = Literal["asr", "msr"]
SENTENCES = ("the name ends. ", "the list ends. ", "the value is the end. ", "the size decreases. ")
WRONG = "the text is a line."


def write_small_segments(path: Path, model_dir: Path, kinds: Sequence[Kind]) -> tuple[SegmentTask, ...]:
    """A task of each kind named, about the second and the third sentence in turn, each with an end of its own."""
    tokenizer = load_tokenizer(model_dir)
    tasks = []
    for number, kind in enumerate(kinds):
        index = 1 + number % 2
        context = "".join(SENTENCES[:index])
        following = SENTENCES[index + 1] if kind == "msr" else ""
        prompt = f"{kind} {context}\n{following}"
        tasks.append(
            SegmentTask(
                kind=kind,
                document=number,
                document_name=f"document {number}",
                index=index,
                byte_start=len(context),
                byte_end=len(context) + len(SENTENCES[index]),
                context=context,
                following=following,
                references=(*SENTENCES[index : index + 2], f"the end of {number}. "),
                prompt=prompt,
                prompt_ids=tuple(tokenizer(prompt)["input_ids"]),
                think_prefilled=False,
            )
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tasks(path, tasks)
    return tuple(tasks)


def prepare_segments(folder: Path, kinds: Sequence[Kind], **changes: dict[str, Any]) -> None:
    """A run folder with tasks, held-out tasks, and a policy that is right half of the time."""
    model_dir = make_tiny_model(folder / "work" / "model")
    tasks = write_small_segments(folder / "work" / "tasks.parquet", model_dir, kinds)
    write_small_segments(folder / "work" / "held_out.parquet", model_dir, ("asr", "msr"))
    answers = [[tagged(task.references[0].strip()), tagged(WRONG)] for task in tasks]
    teach(model_dir, [task.prompt_ids for task in tasks], answers, steps=240)
    settings: dict[str, dict[str, Any]] = {
        "data": {"held_out_documents": 1},
        "segments": {"max_context": 32},
        "method": {"kind": "rlpt", "prefill_think": False},
        "judge": {"kind": "deterministic_for_tests"},
        "sampling": {"group_size": 4, "max_response_tokens": 80},
        "optimisation": {"entropy_coefficient": 0.0, "weight_decay": 0.0, "learning_rate": 1e-4},
        "resources": {"micro_batch_rollouts": 8},
    }
    for section, values in changes.items():
        settings[section] = settings.get(section, {}) | values
    (folder / "changes.json").write_text(json.dumps(settings))

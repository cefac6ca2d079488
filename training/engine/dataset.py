"""The task file as the dataset verl reads: rows in training order, as many as the run needs.

verl loads this class through `data.custom_cls`. It shuffles nothing and tokenises nothing: a row
carries its task, and the agent loop gives the policy exactly the tokens the task holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from training.contract.errors import ForesightError
from training.engine.overrides import AGENT_NAME
from training.prompts.task_file import read_tasks
from training.records import AnyTask


class TaskDataset(Dataset[dict[str, Any]]):
    """Row i holds task i of the run; a run longer than the task file goes round again.

    Args:
        data_files: the task file.
        config: verl's `data` section; `foresight.length` is the number of rows of the whole run.
        **_: what verl gives every dataset (tokenizer, processor, max_samples) and is not needed here.

    Raises:
        ForesightError: the task file holds no task.
    """

    def __init__(self, data_files: str, config: Mapping[str, Any], **_: object) -> None:
        file = read_tasks(Path(data_files))
        if not file.tasks:
            raise ForesightError(
                "The task file holds no task.",
                field="data.corpus",
                remedy="Use more documents, or select fewer of their positions or segments away.",
            )
        self.tasks = file.tasks
        self.constant_answer = file.constant_answer
        self._length = int(config["foresight"]["length"])
        self._start = 0

    def start_at(self, row: int) -> None:
        """Begin with row `row` of the run: a resumed run goes on where its checkpoint was."""
        self._start = row

    def task(self, row: int) -> AnyTask:
        """The task of row `row`, counted from the beginning of the run."""
        return self.tasks[row % len(self.tasks)]

    def __len__(self) -> int:
        return self._length - self._start

    def __getitem__(self, item: int) -> dict[str, Any]:
        row = self._start + item
        # `raw_prompt` is only counted by verl; the prompt's own tokens are in the task.
        return {"index": row, "agent_name": AGENT_NAME, "raw_prompt": "", "task": self.task(row)}

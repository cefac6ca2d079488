"""tasks.parquet, written and read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.prompts.sample_task import make_task
from training.contract.errors import ForesightError
from training.prompts.task_file import TaskFile, read_tasks, write_tasks


def test_task_file_written_and_read_is_equal(tmp_path: Path) -> None:
    tasks = (make_task(), make_task(" 🙂!".encode(), (1, 3, 5, 6)))
    write_tasks(tmp_path / "tasks.parquet", tasks, b"\xf0\x9f the")
    assert read_tasks(tmp_path / "tasks.parquet") == TaskFile(tasks, b"\xf0\x9f the")
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.parquet"]


def test_task_file_of_no_task_reads_as_none(tmp_path: Path) -> None:
    write_tasks(tmp_path / "tasks.parquet", (), b"")
    assert read_tasks(tmp_path / "tasks.parquet") == TaskFile((), b"")


def test_task_file_missing_or_foreign_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    for name in ("missing", "text", "other.parquet"):
        with pytest.raises(ForesightError, match=name):
            read_tasks(tmp_path / name)

"""tasks.parquet, written and read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.prompts.sample_task import make_task
from training.contract.errors import ForesightError
from training.prompts.task_file import TaskFile, read_tasks, write_tasks
from training.records import ProblemTask, SegmentTask

SEGMENT = SegmentTask(
    kind="msr",
    document=3,
    document_name="parity",
    index=2,
    byte_start=40,
    byte_end=61,
    context="Add them. ",
    following="Hence 🙂.",
    references=("So it is even. ", "Hence 🙂."),
    prompt="<think>\n",
    prompt_ids=(1, 2, 3),
    think_prefilled=True,
)
PROBLEM = ProblemTask(
    document=7,
    document_name="row 7",
    problem="1 + 1?",
    answer="\\frac{4}{2}",
    prompt="1 + 1?\n",
    prompt_ids=(4, 5),
    think_prefilled=False,
)


def test_task_file_written_and_read_is_equal(tmp_path: Path) -> None:
    tasks = (make_task(), make_task(" 🙂!".encode(), (1, 3, 5, 6)))
    write_tasks(tmp_path / "tasks.parquet", tasks, b"\xf0\x9f the")
    assert read_tasks(tmp_path / "tasks.parquet") == TaskFile(tasks, b"\xf0\x9f the")
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.parquet"]


@pytest.mark.parametrize("task", [SEGMENT, PROBLEM])
def test_task_file_of_another_kind_reads_as_it_was_written(
    tmp_path: Path, task: SegmentTask | ProblemTask
) -> None:
    write_tasks(tmp_path / "tasks.parquet", (task, task))
    file = read_tasks(tmp_path / "tasks.parquet")
    assert file == TaskFile((task, task), b"")
    with pytest.raises(ForesightError, match="no next-token tasks"):
        _ = file.token_tasks


def test_task_file_holds_one_kind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one class"):
        write_tasks(tmp_path / "tasks.parquet", (make_task(), SEGMENT))


def test_task_file_without_a_kind_is_of_tokens(tmp_path: Path) -> None:
    """Files of before there were several kinds."""
    path = tmp_path / "tasks.parquet"
    write_tasks(path, (make_task(),), b" the")
    table = pq.read_table(path)
    old = {key: value for key, value in table.schema.metadata.items() if key != b"foresight.kind"}
    pq.write_table(table.replace_schema_metadata(old), path)
    assert read_tasks(path).token_tasks == (make_task(),)
    pq.write_table(table.replace_schema_metadata({**old, b"foresight.kind": b"poem"}), path)
    with pytest.raises(ForesightError, match="unknown kind 'poem'"):
        read_tasks(path)


def test_task_file_of_no_task_reads_as_none(tmp_path: Path) -> None:
    write_tasks(tmp_path / "tasks.parquet", (), b"")
    assert read_tasks(tmp_path / "tasks.parquet") == TaskFile((), b"")


def test_task_file_missing_or_foreign_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    for name in ("missing", "text", "other.parquet"):
        with pytest.raises(ForesightError, match=name):
            read_tasks(tmp_path / name)

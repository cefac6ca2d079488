"""The spool: numbered lines from several writers, read by offset or by number."""

from __future__ import annotations

import math
from multiprocessing import get_context
from pathlib import Path

import pytest

from training.contract.events import LogLine, Metrics
from training.contract.stream import EventWriter, read_after, read_from, spool_path


def spool(tmp_path: Path) -> Path:
    return spool_path(tmp_path, 1)


def log(text: str) -> LogLine:
    return LogLine(text=text)


def texts(path: Path, after: int = 0) -> list[str]:
    return [e.event.text for e in read_after(path, after) if isinstance(e.event, LogLine)]


def test_spool_path_names_the_attempt(tmp_path: Path) -> None:
    assert spool_path(tmp_path, 3).name == "events.3.jsonl"


def test_events_are_numbered_from_one_without_gaps(tmp_path: Path) -> None:
    writer = EventWriter(spool(tmp_path))
    for text in "abc":
        writer.emit(log(text))
    assert [(e.seq, e.event.text) for e in read_after(spool(tmp_path)) if isinstance(e.event, LogLine)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


def test_two_writers_share_one_sequence(tmp_path: Path) -> None:
    first, second = EventWriter(spool(tmp_path)), EventWriter(spool(tmp_path))
    seqs = [w.emit(log("x")).seq for w in (first, second, second, first)]
    assert seqs == [1, 2, 3, 4]


def _write_many(path: str, count: int) -> None:
    writer = EventWriter(Path(path))
    for i in range(count):
        writer.emit(log("y" * (i % 50)))


def test_writers_in_several_processes_leave_every_number_exactly_once(tmp_path: Path) -> None:
    context = get_context("spawn")
    processes = [context.Process(target=_write_many, args=(str(spool(tmp_path)), 100)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [e.seq for e in read_after(spool(tmp_path))] == list(range(1, 301))


def test_torn_last_line_is_not_read(tmp_path: Path) -> None:
    EventWriter(spool(tmp_path)).emit(log("whole"))
    with open(spool(tmp_path), "ab") as file:
        file.write(b'{"v":1,"seq":2,"ti')
    assert texts(spool(tmp_path)) == ["whole"]


def test_new_writer_cuts_off_a_torn_line_and_continues_the_numbers(tmp_path: Path) -> None:
    EventWriter(spool(tmp_path)).emit(log("whole"))
    with open(spool(tmp_path), "ab") as file:
        file.write(b'{"v":1,"seq":2,"ti')
    assert EventWriter(spool(tmp_path)).emit(log("next")).seq == 2
    assert texts(spool(tmp_path)) == ["whole", "next"]


def test_torn_line_longer_than_the_tail_that_is_looked_at_is_cut_off(tmp_path: Path) -> None:
    EventWriter(spool(tmp_path)).emit(log("whole"))
    with open(spool(tmp_path), "ab") as file:
        file.write(b'{"v":1,"seq":2,"text":"' + b"z" * 200_000)
    assert EventWriter(spool(tmp_path)).emit(log("next")).seq == 2


def test_number_is_found_behind_a_last_line_longer_than_the_tail(tmp_path: Path) -> None:
    EventWriter(spool(tmp_path)).emit(log("z" * 200_000))
    assert EventWriter(spool(tmp_path)).emit(log("next")).seq == 2


def test_read_from_returns_the_offset_after_the_last_whole_line(tmp_path: Path) -> None:
    writer = EventWriter(spool(tmp_path))
    writer.emit(log("a"))
    first = read_from(spool(tmp_path), 0)
    writer.emit(log("b"))
    second = read_from(spool(tmp_path), first.offset)
    assert [e.seq for e in first.events] == [1]
    assert [e.seq for e in second.events] == [2]
    assert second.offset == spool(tmp_path).stat().st_size


def test_read_from_takes_a_line_longer_than_the_limit_whole(tmp_path: Path) -> None:
    EventWriter(spool(tmp_path)).emit(log("z" * 5000))
    assert len(read_from(spool(tmp_path), 0, limit=100).events) == 1


def test_missing_spool_reads_as_empty(tmp_path: Path) -> None:
    assert read_from(tmp_path / "none.jsonl", 7).events == ()
    assert list(read_after(tmp_path / "none.jsonl")) == []


def test_damaged_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    spool(tmp_path).write_bytes(b"not json\n")
    with pytest.raises(ValueError):
        list(read_after(spool(tmp_path)))


def test_infinite_and_undefined_metrics_are_read_back_as_not_measured(tmp_path: Path) -> None:
    EventWriter(spool(tmp_path)).emit(Metrics(step=1, values={"a": math.nan, "b": math.inf, "c": 0.5}))
    (envelope,) = read_after(spool(tmp_path))
    assert isinstance(envelope.event, Metrics)
    assert envelope.event.values == {"a": None, "b": None, "c": 0.5}

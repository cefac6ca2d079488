"""From the spool to rows: each event once, whole lines alone, nothing from a caller without the lease."""

from __future__ import annotations

from typing import Any

import pytest

from training.contract.events import LogLine
from training.contract.stream import EventWriter, spool_path
from webapp.jobs import ingest
from webapp.jobs.models import Job, JobEvent, Spool, State
from webapp.jobs.services.create import create_job, job_folder


@pytest.fixture
def job(user: Any, home: Any) -> Job:
    job = create_job("run", user, "runs/{job}", ["run"])
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempt=1)
    job.refresh_from_db()
    return job


@pytest.fixture
def writer(job: Job) -> EventWriter:
    return EventWriter(spool_path(job_folder(job), 1))


def texts(job: Job) -> list[str]:
    return [row.payload["text"] for row in JobEvent.objects.filter(job=job).order_by("pk")]


def test_drain_stores_each_event_once_and_the_offset(job: Job, writer: EventWriter) -> None:
    writer.emit(LogLine(text="a"))
    writer.emit(LogLine(text="b"))
    assert ingest.drain(job, 1, 1) == 2
    assert ingest.drain(job, 1, 1) == 0
    assert texts(job) == ["a", "b"]
    assert Spool.objects.get(job=job).offset == writer.path.stat().st_size


def test_drain_goes_on_where_it_stopped(job: Job, writer: EventWriter) -> None:
    writer.emit(LogLine(text="a"))
    ingest.drain(job, 1, 1)
    writer.emit(LogLine(text="b"))
    assert ingest.drain(job, 1, 1) == 1
    assert texts(job) == ["a", "b"]


def test_drain_more_than_a_batch_ships_everything(job: Job, writer: EventWriter) -> None:
    for number in range(250):
        writer.emit(LogLine(text=str(number)))
    assert ingest.drain(job, 1, 1) == 250
    assert texts(job) == [str(number) for number in range(250)]


def test_drain_calls_back_after_each_batch_so_that_a_lease_can_be_renewed(
    job: Job, writer: EventWriter
) -> None:
    for number in range(101):
        writer.emit(LogLine(text=str(number)))
    seen: list[int] = []
    ingest.drain(job, 1, 1, lambda: seen.append(JobEvent.objects.count()))
    assert seen == [100, 101]


def test_drain_with_a_lost_offset_stores_nothing_twice(job: Job, writer: EventWriter) -> None:
    writer.emit(LogLine(text="a"))
    ingest.drain(job, 1, 1)
    Spool.objects.all().delete()
    writer.emit(LogLine(text="b"))
    assert ingest.drain(job, 1, 1) == 1
    assert texts(job) == ["a", "b"]


def test_drain_torn_last_line_waits_until_it_is_whole(job: Job, writer: EventWriter) -> None:
    writer.emit(LogLine(text="a"))
    with open(writer.path, "ab") as file:
        file.write(b'{"v":1,"seq":2,"time":1.0,"event":{"type":"log",')
    assert ingest.drain(job, 1, 1) == 1
    assert ingest.undrained(job) is True
    with open(writer.path, "ab") as file:
        file.write(b'"text":"b"}}\n')
    assert ingest.drain(job, 1, 1) == 1
    assert texts(job) == ["a", "b"]
    assert ingest.undrained(job) is False


def test_drain_damaged_line_is_named_and_not_skipped(job: Job, writer: EventWriter) -> None:
    writer.emit(LogLine(text="a"))
    with open(writer.path, "ab") as file:
        file.write(b"what is this\n")
    with pytest.raises(ValueError, match="Invalid JSON"):
        ingest.drain(job, 1, 1)


def test_drain_projection_that_fails_leaves_no_event(
    job: Job, writer: EventWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("webapp.runs.projection.project", broken)
    writer.emit(LogLine(text="a"))
    with pytest.raises(RuntimeError):
        ingest.drain(job, 1, 1)
    assert texts(job) == [] and not Spool.objects.exists()


@pytest.mark.parametrize(
    ("state", "attempt", "holder"),
    [("running", 2, 1), ("queued", 1, 1), ("succeeded", 1, 1), ("running", 1, None), ("starting", 1, None)],
)
def test_drain_without_the_lease_writes_nothing(
    job: Job, writer: EventWriter, state: str, attempt: int, holder: int | None
) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, attempt=attempt)
    writer.emit(LogLine(text="a"))
    with pytest.raises(ingest.LeaseLost):
        ingest.drain(job, 1, holder)
    assert texts(job) == []


def test_drain_of_an_ended_job_needs_no_lease(job: Job, writer: EventWriter) -> None:
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)
    writer.emit(LogLine(text="late"))
    assert ingest.drain_all(job, 1, None) == 1

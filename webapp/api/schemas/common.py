"""What many operations share: pages of a list, the state of a job, the codes an operation answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from ninja import Schema
from pydantic import Field

from webapp.api.errors import FORBIDDEN, INVALID, MISSING, THROTTLED, UNAUTHORISED, Problem
from webapp.jobs.models import Job
from webapp.live.snapshot import job_snapshot

T = TypeVar("T")


class PageQuery(Schema):
    """Which page of a list."""

    page: int = Field(1, ge=1, description="The page, from 1. One beyond the last is empty.")


class Page(Schema, Generic[T]):
    """One page of a list."""

    items: list[T]
    page: int
    pages: int = Field(description="How many pages there are, at least 1.")
    total: int = Field(description="How many items all pages hold.")


class Progress(Schema):
    """How far something is: `done` of `total` `unit`; a total of 0 is not known yet."""

    done: int
    total: int
    unit: str


class JobError(Schema):
    """Why a job ended, or was started again."""

    message: str
    field: str = ""
    remedy: str = ""
    retryable: bool = False
    log: list[str] = Field([], description="The last lines of its output.")


class JobState(Schema):
    """The process behind a run, a scan, a probe or an evaluation."""

    state: str = Field(
        description="queued, starting, running, succeeded, finished_short, failed or cancelled."
    )
    label: str = Field(description="The state in words.")
    ended: bool
    cancelling: bool
    attempt: int = Field(description="0: never started. A failed one is tried again.")
    restarts: int
    ahead: int = Field(description="Jobs that start before a queued one.")
    not_before: datetime | None = Field(description="A queued one waits until then.")
    started: datetime | None
    finished: datetime | None
    error: JobError | None


class Changed(Schema):
    """Whether a request to cancel or resume changed anything. Asking twice is no mistake."""

    changed: bool
    message: str = Field(description="What happens now, or why nothing does.")


def job_state(job: Job) -> JobState:
    found = job_snapshot(job)
    return JobState.model_validate({**found, "error": found["error"] or None})


def paged(rows: Any, page: int, size: int, make: Callable[[Any], T]) -> Page[T]:
    """One page of a query set or list. A page beyond the last is empty."""
    paginator = Paginator(rows, size)
    items = [make(row) for row in paginator.page(page)] if page <= paginator.num_pages else []
    return Page(items=items, page=page, pages=paginator.num_pages, total=paginator.count)


def page_of(found: Any, asked: int, items: Iterable[T]) -> Page[T]:
    """A page that a service has made; it gives the last one for any that lies beyond."""
    inside = found.number == asked
    pages = found.paginator
    return Page(items=list(items) if inside else [], page=asked, pages=pages.num_pages, total=pages.count)


def replies(ok: Any, *also: int, status: int = 200) -> dict[int, Any]:
    """The codes of an operation: its answer, what any may answer, and its own."""
    usual = (UNAUTHORISED, FORBIDDEN, MISSING, INVALID, THROTTLED)
    return {status: ok, **dict.fromkeys((*usual, *also), Problem)}


def content(media_type: str, status: int = 200) -> dict[str, Any]:
    """For `openapi_extra`: an answer that is no JSON."""
    schema = {"type": "string", "format": "binary"}
    return {"responses": {status: {"content": {media_type: {"schema": schema}}}}}

"""Preparations of corpora, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.preparation_report import PreparationReport
from webapp.api.schemas.common import JobState, Progress, job_state
from webapp.preparations.models import Preparation
from webapp.preparations.page import page_data


class AgainstQuery(Schema):
    against: list[int] = Field(
        [],
        max_length=200,
        description="Corpora of evaluation items: what leaks into the documents is dropped.",
    )


class PreparationOut(Schema):
    """A preparation: a corpus, what is done to it, and the new corpus that comes of it."""

    id: int
    corpus: int | None = Field(description="The source; null: it was removed.")
    corpus_name: str
    result: int | None = Field(description="The new corpus, once the preparation has finished.")
    job: JobState
    stage: str
    progress: Progress = Field(description="Of the stage.")
    finished: bool
    created: datetime


class PreparationStage(Schema):
    stage: str
    title: str
    state: Literal["off", "done", "running", "waiting"]
    words: str = Field(description="What came of it.")


class PreparationFile(Schema):
    name: str
    bytes: int
    words: str


class PreparationDetail(PreparationOut):
    """A preparation with what each stage did."""

    config: dict[str, Any]
    stages: list[PreparationStage]
    report: PreparationReport | None
    files: list[PreparationFile]


def preparation_out(found: Preparation) -> PreparationOut:
    return PreparationOut(**_preparation(found))


def preparation_detail(found: Preparation) -> PreparationDetail:
    shown = page_data(found)
    return PreparationDetail(
        **_preparation(found),
        config=found.config,
        stages=[PreparationStage(**stage) for stage in found.stages],
        report=shown.get("report"),
        files=[PreparationFile(**file) for file in shown.get("files", [])],
    )


def _preparation(found: Preparation) -> dict[str, Any]:
    return {
        "id": found.pk,
        "corpus": found.corpus_id,
        "corpus_name": found.corpus_name,
        "result": found.result_id,
        "job": job_state(found.job),
        "stage": found.stage,
        "progress": Progress(done=found.done, total=found.total, unit=found.unit),
        "finished": bool(found.summary),
        "created": found.created,
    }

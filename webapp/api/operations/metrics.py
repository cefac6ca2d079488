"""The metrics of a run: which there are, their curves, all points as CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router, Schema
from pydantic import Field

from training.contract.metrics import CATALOGUE
from webapp.api.schemas.common import content, replies
from webapp.charts.export import csv_lines
from webapp.charts.load import load_series
from webapp.charts.series import BUDGET
from webapp.charts.views import MAX_KEYS
from webapp.runs.access import own_run
from webapp.runs.models import MetricPoint
from webapp.runs.names import safe_name

router = Router(tags=["Metrics"])
CSV = "text/csv"


class MetricOut(Schema):
    """A metric that the run has recorded. verl's own ones have a key alone."""

    key: str
    label: str = ""
    unit: str = ""
    formula: str = Field("", description="What is counted and over what.")
    healthy: str = Field("", description="Which way is good: up, down, steady, or empty.")


class SeriesQuery(Schema):
    key: list[str] = Field(min_length=1, max_length=MAX_KEYS, description="A metric; give it several times.")
    first: int = Field(0, ge=0, description="From this step on.")
    last: int | None = Field(None, ge=0, description="To this step; the newest where it is left out.")
    points: int = Field(BUDGET, ge=3, le=10_000, description="Downsampled to so many points at most.")


class Ghost(Schema):
    """Points that a later attempt has replaced."""

    attempt: int
    step: list[int]
    value: list[float]
    time: list[int]


class Series(Schema):
    """A curve by rising step. Each bucket's lowest and highest value are kept, and the newest of all."""

    step: list[int]
    value: list[float]
    time: list[int] = Field(description="Unix milliseconds.")
    attempt: list[int]
    total: int = Field(description="Points before downsampling.")
    sampled: bool
    ghost: list[Ghost]


class SeriesOut(Schema):
    """Curves by metric. An unknown metric has no points."""

    run: int
    series: dict[str, Series]


class CsvQuery(Schema):
    key: list[str] = Field(
        [], max_length=MAX_KEYS, description="Only these metrics; all where it is left out."
    )


@router.get("/runs/{int:run}/metrics", response=replies(list[MetricOut]), summary="List a run's metrics")
def list_metrics(request: HttpRequest, run: int) -> Any:
    """Every metric that was recorded, by name, with what it counts."""
    keys = MetricPoint.objects.keys_of(own_run(request.user, run))
    return [_metric(key) for key in keys]


@router.get("/runs/{int:run}/series", response=replies(SeriesOut), summary="Read curves")
def run_series(request: HttpRequest, run: int, query: Query[SeriesQuery]) -> Any:
    """Curves of several metrics, downsampled so that extremes stay. `control/argmax` is the supervised control's."""
    found = own_run(request.user, run)
    keys = list(dict.fromkeys(query.key))
    first = query.first or None
    series = load_series(found, keys, first=first, last=query.last, budget=query.points)
    return JsonResponse({"run": found.pk, "series": series})


@router.get(
    "/runs/{int:run}/metrics.csv",
    response=replies(None),
    summary="Export metrics",
    openapi_extra=content(CSV),
)
def run_csv(request: HttpRequest, run: int, query: Query[CsvQuery]) -> Any:
    """Complete and raw: `key,attempt,step,time,value` for every point, replaced ones too."""
    found = own_run(request.user, run)
    name = content_disposition_header(True, f"{safe_name(found.name)}.csv") or "attachment"
    return StreamingHttpResponse(
        csv_lines(found, query.key or None),
        content_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": name},
    )


def _metric(key: str) -> MetricOut:
    known = CATALOGUE.get(key)
    return MetricOut.model_validate(known or {"key": key})

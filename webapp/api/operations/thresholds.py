"""Where the checks of the verdict turn, for the user's own runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from webapp.api.errors import invalid
from webapp.api.schemas.common import replies
from webapp.runs.limits import Limits
from webapp.runs.thresholds import LABELS, limits_of, parse_limits, store_limits, thresholds

router = Router(tags=["Runs"])


class ThresholdOut(Schema):
    """One limit of the verdict."""

    name: str
    label: str
    unit: str
    value: float
    usual: float


class ThresholdsIn(Schema):
    """Limits to change; those left out stay."""

    values: dict[str, float] = Field(description="By name: see `GET /api/thresholds`.")


@router.get("/thresholds", response=replies(list[ThresholdOut]), summary="List verdict thresholds")
def list_thresholds(request: HttpRequest) -> Any:
    """What the verdict on your runs is made by, in the order of its checks."""
    return _shown(request)


@router.put("/thresholds", response=replies(list[ThresholdOut]), summary="Change verdict thresholds")
def change_thresholds(request: HttpRequest, body: ThresholdsIn) -> Any:
    """They hold from now on for all your runs, which are judged again."""
    unknown = [name for name in body.values if name not in LABELS]
    if unknown:
        raise invalid({unknown[0]: "There is no such threshold. GET /api/thresholds lists them."})
    held = asdict(limits_of(request.user.id))
    store_limits(
        request.user, parse_limits({name: str(value) for name, value in (held | body.values).items()})
    )
    return _shown(request)


@router.delete("/thresholds", response=replies(list[ThresholdOut]), summary="Reset verdict thresholds")
def reset_thresholds(request: HttpRequest) -> Any:
    """Goes back to the usual ones, all of them."""
    store_limits(request.user, Limits())
    return _shown(request)


def _shown(request: HttpRequest) -> list[ThresholdOut]:
    found = thresholds(limits_of(request.user.id))
    return [ThresholdOut.model_validate(one, from_attributes=True) for one in found]

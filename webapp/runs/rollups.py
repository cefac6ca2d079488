"""Roll-ups of metric points: of each span of steps the lowest and the highest point, how many there are and their sum.

They are what a chart of a long run is drawn from, and they lose nothing that a chart shows. A row holds 256 steps
of one attempt as spans of three widths, packed. Rows are written in the transaction that stores the points, and can
be made again from the points: `manage.py rebuild_rollups`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from struct import Struct
from typing import Any, NamedTuple

from webapp.runs.models import MetricPoint, MetricRollup, Run

WIDTHS = {16: "by_16", 64: "by_64", 256: "by_256"}
"""Steps of a span, by rising width, and the column that such spans stand in."""
STEPS = 256
"""Steps of a row."""
_PACKED = Struct("<IIIddIqdIq")
_ONCE = ("run", "key", "attempt", "start")
_CONTENT = ("count", "first_step", "last_step", *WIDTHS.values())
_BLOCK = 2000


class Reading(NamedTuple):
    """One point as it enters a span."""

    step: int
    value: float
    time: int  # Unix ms


class Span(NamedTuple):
    """What is known of the points in a span. Of equal values the first counts."""

    points: int
    first_step: int
    last_step: int
    total: float
    low: float
    low_step: int
    low_time: int
    high: float
    high_step: int
    high_time: int


Place = tuple[str, int]
"""Where a row lies within an attempt: metric, first step."""
Row = dict[int, bytes]
"""The packed spans of a row, by width."""


def unpacked(data: bytes) -> list[Span]:
    return list(map(Span._make, _PACKED.iter_unpack(data)))


def roll_up(run: Run, attempt: int, points: Iterable[MetricPoint]) -> None:
    """Take points that were just stored into the roll-ups of their attempt. Call it in their transaction."""
    fresh = _by_place(points)
    if not fresh:
        return
    rows = _stored(run, attempt, fresh)
    for place, readings in fresh.items():
        row = rows.get(place)
        if row is not None and readings[0].step <= _whole(row).last_step:
            row, readings = None, _readings(run, attempt, place)  # a step was written again
        rows[place] = extended(row, readings)
    MetricRollup.objects.bulk_create(
        [_model(MetricRollup, run.pk, attempt, place, rows[place]) for place in fresh],
        update_conflicts=True,
        unique_fields=list(_ONCE),
        update_fields=list(_CONTENT),
    )


def extended(row: Row | None, readings: Sequence[Reading]) -> Row:
    """A row with newer points, which come by rising step, in it. Pure."""
    return {width: _extended(row[width] if row else b"", readings, width) for width in WIDTHS}


def rebuild(run_id: int, points: Any = MetricPoint, rollups: Any = MetricRollup) -> int:
    """Make the roll-ups of a run again from its points; returns how many rows there are. Call it in a transaction.

    A migration gives the models as they were then.
    """
    rollups.objects.filter(run_id=run_id).delete()
    stored = points.objects.filter(run_id=run_id).order_by("key", "attempt", "step")
    values = stored.values_list("key", "attempt", "step", "value", "time").iterator(chunk_size=5000)
    block: list[Any] = []
    made = 0
    for (key, attempt, start), group in groupby(values, key=lambda row: (row[0], row[1], _start(row[2]))):
        readings = [Reading(step, value, milliseconds(time)) for _, _, step, value, time in group]
        block.append(_model(rollups, run_id, attempt, (key, start), extended(None, readings)))
        if len(block) == _BLOCK:
            made += len(rollups.objects.bulk_create(block))
            block.clear()
    return made + len(rollups.objects.bulk_create(block))


def milliseconds(time: Any) -> int:
    """Unix milliseconds of a datetime."""
    return round(time.timestamp() * 1000)


def _start(step: int) -> int:
    """First step of the row that a step belongs to."""
    return step - step % STEPS


def _extended(data: bytes, readings: Sequence[Reading], width: int) -> bytes:
    """Packed spans of one width with newer points in them: only the last one can change."""
    parts = [data]
    for number, group in groupby(readings, key=lambda reading: reading.step // width):
        span = _span(list(group))
        if len(parts) == 1 and data:
            newest = Span._make(_PACKED.unpack(data[-_PACKED.size :]))
            if newest.first_step // width == number:
                parts[0], span = data[: -_PACKED.size], _joined(newest, span)
        parts.append(_PACKED.pack(*span))
    return b"".join(parts)


def _span(readings: Sequence[Reading]) -> Span:
    low = min(readings, key=lambda reading: reading.value)
    high = max(readings, key=lambda reading: reading.value)
    total = sum(reading.value for reading in readings)
    return Span(
        len(readings), readings[0].step, readings[-1].step, total,
        low.value, low.step, low.time, high.value, high.step, high.time,
    )  # fmt: skip


def _joined(one: Span, later: Span) -> Span:
    lowest = later if later.low < one.low else one
    highest = later if later.high > one.high else one
    return Span(
        one.points + later.points, one.first_step, later.last_step, one.total + later.total,
        lowest.low, lowest.low_step, lowest.low_time, highest.high, highest.high_step, highest.high_time,
    )  # fmt: skip


def _by_place(points: Iterable[MetricPoint]) -> dict[Place, list[Reading]]:
    """The points of each row, by rising step."""
    found: dict[Place, list[Reading]] = {}
    for point in sorted(points, key=lambda point: point.step):
        reading = Reading(point.step, point.value, milliseconds(point.time))
        found.setdefault((point.key, _start(point.step)), []).append(reading)
    return found


def _stored(run: Run, attempt: int, places: Iterable[Place]) -> dict[Place, Row]:
    """The rows at these places that are there already."""
    starts = [start for _, start in places]
    rows = MetricRollup.objects.filter(
        run=run, attempt=attempt, key__in={key for key, _ in places},
        start__gte=min(starts), start__lte=max(starts),
    )  # fmt: skip
    return {
        (key, start): dict(zip(WIDTHS, map(bytes, packed), strict=True))
        for key, start, *packed in rows.values_list("key", "start", *WIDTHS.values())
    }


def _readings(run: Run, attempt: int, place: Place) -> list[Reading]:
    """All points of a row as they stand in the database, by rising step."""
    key, start = place
    rows = MetricPoint.objects.filter(run=run, key=key, attempt=attempt).between(start, start + STEPS - 1)
    values = rows.order_by("step").values_list("step", "value", "time")
    return [Reading(step, value, milliseconds(time)) for step, value, time in values]


def _whole(row: Row) -> Span:
    """What a row says of all its points: its one span of the greatest width."""
    return Span._make(_PACKED.unpack(row[STEPS]))


def _model(model: Any, run_id: int, attempt: int, place: Place, row: Row) -> Any:
    key, start = place
    whole = _whole(row)
    return model(
        run_id=run_id, key=key, attempt=attempt, start=start,
        count=whole.points, first_step=whole.first_step, last_step=whole.last_step,
        **{column: row[width] for width, column in WIDTHS.items()},
    )  # fmt: skip

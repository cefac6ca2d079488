"""From rows to curves: the one place that turns a run's metric points into what is drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from webapp.charts.series import Curve, Point, curve
from webapp.runs.models import MetricPoint, Run

_CSV_HEAD = "key,attempt,step,time,value\n"


def run_curves(
    run: Run, keys: Sequence[str], *, first: int | None = None, last: int | None = None
) -> dict[str, Curve]:
    """The curve of each metric, of the steps `first` to `last` (both included; None: open)."""
    rows = MetricPoint.objects.of_run(run)
    starts = rows.first_steps(keys)
    points: dict[str, list[Point]] = {key: [] for key in keys}
    for key, attempt, step, value, time in rows.between(first, last).in_order(keys):
        points[key].append(Point(step, value, attempt, round(time.timestamp() * 1000)))
    return {key: curve(points[key], starts.get(key, {})) for key in keys}


async def csv_lines(run: Run, keys: Sequence[str] | None) -> AsyncIterator[str]:
    """Every point ever written, replaced ones too, as CSV. None as keys: all metrics."""
    rows = MetricPoint.objects.of_run(run)
    wanted = rows if keys is None else rows.filter(key__in=keys)
    yield _CSV_HEAD
    block: list[str] = []
    async for point in wanted.order_by("key", "attempt", "step").aiterator(chunk_size=5000):
        block.append(
            f"{_cell(point.key)},{point.attempt},{point.step},{point.time.isoformat()},{point.value!r}\n"
        )
        if len(block) == 5000:
            yield "".join(block)
            block.clear()
    yield "".join(block)


def _cell(text: str) -> str:
    """A CSV cell; one that a spreadsheet would run as a formula is quoted as text."""
    guarded = f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
    quoted = guarded.replace('"', '""')
    return f'"{quoted}"' if any(char in guarded for char in ',"\r\n') else guarded

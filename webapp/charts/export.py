"""A run's metric points as CSV: complete and raw, a block of rows at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from webapp.runs.models import MetricPoint, Run

_CSV_HEAD = "key,attempt,step,time,value\n"


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

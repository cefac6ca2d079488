"""parquet: a table whose columns are the fields. Read a few rows at a time, only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.corpus.mapping import Row
from training.corpus.refuse import bad_corpus, too_long
from training.corpus.unpack import Meter

_MAGIC = b"PAR1"
_ROWS = 16  # read at a time: a dictionary can make every row as large as the largest one


def read_parquet(path: Path, limit: int, unpacked_limit: int, nested: tuple[str, ...] = ()) -> Iterator[Row]:
    """The table's rows; those columns that hold no text are given as their type's name.

    Args:
        path: the file.
        limit: most bytes of one field.
        unpacked_limit: most bytes of text in all.
        nested: columns that are read whatever they hold, as lists and dicts.

    Raises ForesightError, field `data.corpus`: no parquet file, damaged, or too large.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = path.name
    with open(path, "rb") as file:
        if file.read(4) != _MAGIC:
            raise bad_corpus(f"{name} is no parquet file: it does not begin with PAR1.", _AGAIN)
    meter = Meter(name, path.stat().st_size, unpacked_limit)
    try:
        with pq.ParquetFile(path) as table:
            groups = table.metadata.num_row_groups
            meter.add(max((table.metadata.row_group(i).total_byte_size for i in range(groups)), default=0))
            yield from _rows(table, Meter(name, path.stat().st_size, unpacked_limit), name, limit, nested)
    except (pa.ArrowException, OSError) as error:
        raise bad_corpus(f"{name} is no whole parquet file: {_first_line(error)}.", _AGAIN) from error


_AGAIN = "Write it again, for example with pyarrow or pandas."


def _rows(  # type: ignore[no-untyped-def]
    table, meter: Meter, name: str, limit: int, nested: tuple[str, ...]
) -> Iterator[Row]:
    import pyarrow as pa

    schema = table.schema_arrow
    read = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or field.name in nested
    ]
    others = {field.name: str(field.type) for field in schema if field.name not in read}
    number = 0
    for batch in table.iter_batches(batch_size=_ROWS, columns=read):
        meter.add(batch.nbytes)
        for values in batch.to_pylist():
            number += 1
            if any(isinstance(value, str) and len(value) > limit for value in values.values()):
                raise too_long(f"{name}, row {number}", limit)
            yield Row(
                f"row {number}", {**values, **{field: _NotText(kind) for field, kind in others.items()}}
            )


class _NotText:
    """Stands for a value that was not read because its column holds no text."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __repr__(self) -> str:
        return self._kind


def _first_line(error: Exception) -> str:
    return (
        str(error).strip().splitlines()[0].rstrip(".")[:200] if str(error).strip() else type(error).__name__
    )

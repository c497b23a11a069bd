"""Dollars of each series as one array over the periods: built once with the native copy, in a file beside it.

A sum over all destinations reads ten million figures for two hundred thousand results. As rows each of them is joined
twice and grouped; as arrays they are multiplied by a row of weights. The file of a frequency is Arrow's, uncompressed:
``series``, ``usd`` (NaN where the lake has no figure; missing is not zero) and ``marks`` (:data:`HAS_WEIGHT`,
:data:`HAS_QUANTITY`, :data:`IS_ESTIMATED`, :data:`HAS_NO_VALUE`), in the order of ``series``. The copy holds ``trade_array_periods``
(``frequency``, ``place``, the position in the arrays, and ``period``), ``trade_array_files`` (``frequency`` and ``bytes``)
and ``trade_array_batches`` (``frequency``, ``batch``, its ``first`` and ``last`` series, and a ``checksum``).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.errors import InputError
from stopgap.lake.engines.local_disk import is_on_local_disk

HAS_WEIGHT = 1
"""Mark of a figure with a net weight above 0."""
HAS_QUANTITY = 2
"""Mark of a figure with a quantity above 0."""

IS_ESTIMATED = 4
"""Mark of a figure that the source estimated."""

HAS_NO_VALUE = 8
"""Mark of a row of the lake without a value in dollars, which has no other mark; its dollars are NaN."""

LEAST_FILLED = 1 / 8
"""Share of an array that must hold figures; a lake of shorter series is read as rows."""
LEAST_FIGURES = 20_000
"""Figures below which rows are as quick."""
LARGEST_USD = 1e12
"""Dollars of one figure from which a sum of a few exceeds 64 bits as millionths: such a lake is read as rows."""
MOST_PERIODS = 600
_BATCH = 8_192
_MOST_MAPPED = 256 << 20  # bytes of a file
_AT_ONCE = 8_000_000  # figures brought into arrays at a time

Dollars = npt.NDArray[np.float64]
Marks = npt.NDArray[np.uint8]
Series = npt.NDArray[np.int32]


Batch = tuple[Series, Dollars, Marks]
"""Numbers of series, ascending, with their dollars and marks (series, periods)."""


def arrays_path(copy: Path, frequency: str) -> Path:
    """Return the path of the file of a frequency beside a native copy."""
    return copy.with_name(f"{copy.name.removesuffix('.duckdb')}.{frequency.lower()}.arrow")


@dataclass(frozen=True)
class PeriodArrays:
    """Arrays of one frequency of a native copy, and the periods that their positions stand for.

    Attributes:
        path: The file, which stays open as ``source``.
        bounds: First and last series of each batch.
        checksums: Sum of each batch's bytes, by :func:`_checksum`.
    """

    path: Path
    source: pa.NativeFile
    periods: tuple[dt.date, ...]
    bounds: tuple[tuple[int, int], ...]
    checksums: tuple[int, ...]
    _sound: set[int] = field(default_factory=set, repr=False, compare=False)

    def batches(self) -> Iterator[Batch]:
        """Yield all series. Nobody may change the arrays: they may be those of the file."""
        yield from self._batches(range(len(self.bounds)))

    def of_series(self, first: int, last: int) -> Batch:
        """Return the series from ``first`` to ``last``."""
        numbers = [at for at, (lowest, highest) in enumerate(self.bounds) if lowest <= last and highest >= first]
        found = []
        for series, usd, marks in self._batches(numbers):
            own = slice(*np.searchsorted(series, [first, last + 1]).tolist())
            found.append((series[own], usd[own], marks[own]))
        if not found:
            shape = (0, len(self.periods))
            return np.zeros(0, dtype=np.int32), np.zeros(shape), np.zeros(shape, dtype=np.uint8)
        series, usd, marks = (np.concatenate(each) for each in zip(*found, strict=True))
        return series, usd, marks

    def _batches(self, numbers: Sequence[int]) -> Iterator[Batch]:
        """Yield batches; the first time the bytes of one are held against their checksum."""
        reader = pa.ipc.open_file(self.source)
        for at in numbers:
            try:
                batch = reader.get_batch(at)
                if at not in self._sound and _checksum(batch) != self.checksums[at]:
                    raise OSError("its bytes are not those that were written")
            except (OSError, pa.ArrowException) as error:
                raise InputError(
                    f"the copy of the lake's trade is damaged: {str(error).splitlines()[0]}",
                    where=str(self.path),
                    fix="delete this file: the next command makes the copy anew",
                ) from error
            self._sound.add(at)
            yield batch.column(0).to_numpy(), _values(batch.column(1)), _values(batch.column(2))


def _opened(path: Path) -> pa.NativeFile:
    """Open a file; one that is small, and on a disk of this machine, is mapped into memory.

    Mapped, it takes no memory of its own and is read five times faster. A file on the network may go while it is mapped,
    which would end the process; a large one would count as memory of the process.
    """
    if path.stat().st_size <= _MOST_MAPPED and is_on_local_disk(path):
        return pa.memory_map(str(path))
    return pa.OSFile(str(path))


def read_arrays(con: duckdb.DuckDBPyConnection, frequency: str) -> PeriodArrays | None:
    """Return the arrays of a frequency of the attached copy; ``None`` where it has none, or a newer copy replaced it."""
    periods = con.execute(
        "SELECT period FROM native.trade_array_periods WHERE frequency = ? ORDER BY place", [frequency]
    ).fetchall()
    if not periods:
        return None
    batches = con.execute(
        "SELECT first, last, checksum FROM native.trade_array_batches WHERE frequency = ? ORDER BY batch", [frequency]
    ).fetchall()
    path = arrays_path(_copy_path(con), frequency)
    try:
        source = _opened(path)
    except OSError:
        return None
    return PeriodArrays(
        path,
        source,
        tuple(row[0] for row in periods),
        tuple((first, last) for first, last, _ in batches),
        tuple(checksum for *_, checksum in batches),
    )


def are_arrays_whole(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether every file of arrays that the attached copy names is there and as long as it was."""
    copy = _copy_path(con)
    files = con.execute("SELECT frequency, bytes FROM native.trade_array_files").fetchall()
    try:
        return all(arrays_path(copy, frequency).stat().st_size == size for frequency, size in files)
    except OSError:
        return False


def _copy_path(con: duckdb.DuckDBPyConnection) -> Path:
    [(path,)] = con.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'native'").fetchall()
    return Path(path)


def build_arrays(con: duckdb.DuckDBPyConnection, copy: Path) -> dict[str, Path]:
    """Write the arrays of each frequency of ``trade_series`` and ``trade_facts``, over the periods in ``periods_held``.

    Returns their files, beside the copy that is being built, by frequency.
    """
    con.execute("CREATE TABLE trade_array_periods (frequency VARCHAR, place INTEGER, period DATE)")
    con.execute("CREATE TABLE trade_array_files (frequency VARCHAR, bytes BIGINT)")
    con.execute(
        "CREATE TABLE trade_array_batches "
        "(frequency VARCHAR, batch INTEGER, first INTEGER, last INTEGER, checksum UBIGINT)"
    )
    found = {}
    known = con.execute(
        "SELECT s.frequency, count(f.value_usd), coalesce(max(abs(f.value_usd)), 0) "
        "FROM trade_facts AS f JOIN trade_series AS s ON f.series = s.series GROUP BY ALL"
    ).fetchall()
    for frequency, rows, largest in sorted(known):
        [(periods,)] = con.execute("SELECT count(*) FROM periods_held WHERE frequency = ?", [frequency]).fetchall()
        [(series,)] = con.execute("SELECT count(*) FROM trade_series WHERE frequency = ?", [frequency]).fetchall()
        if frequency not in ("M", "A") or periods > MOST_PERIODS or not largest < LARGEST_USD:
            continue
        if rows < LEAST_FIGURES or rows < LEAST_FILLED * series * periods:
            continue
        found[frequency] = arrays_path(copy, frequency)
        _build(con, found[frequency], frequency, int(periods))
    return found


def _build(con: duckdb.DuckDBPyConnection, path: Path, frequency: str, periods: int) -> None:
    con.execute(
        "INSERT INTO trade_array_periods SELECT frequency, row_number() OVER (ORDER BY period) - 1, period "
        "FROM periods_held WHERE frequency = $frequency",
        {"frequency": frequency},
    )
    [(last,)] = con.execute("SELECT coalesce(max(series), 0) FROM trade_series").fetchall()
    step = max(1, _AT_ONCE // periods // _BATCH) * _BATCH
    batches: list[list[object]] = []
    schema = pa.schema(
        {"series": pa.int32(), "usd": pa.list_(pa.float64(), periods), "marks": pa.list_(pa.uint8(), periods)}
    )
    with path.open("wb") as file:
        with pa.ipc.new_file(file, schema) as writer:
            for first in range(1, int(last) + 1, step):
                span = {"frequency": frequency, "first": first, "last": min(first + step - 1, int(last))}
                numbers = con.sql(
                    "SELECT series FROM trade_series WHERE frequency = $frequency AND series BETWEEN $first AND $last "
                    "ORDER BY series",
                    params=span,
                ).to_arrow_table()["series"]
                for batch in _arrays_of(con, numbers.to_numpy(), periods, span, schema).to_batches(_BATCH):
                    own = batch.column(0).to_numpy()
                    batches.append([frequency, len(batches), int(own[0]), int(own[-1]), _checksum(batch)])
                    writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())
    con.executemany("INSERT INTO trade_array_batches VALUES (?, ?, ?, ?, ?)", batches)
    con.execute("INSERT INTO trade_array_files VALUES (?, ?)", [frequency, path.stat().st_size])


def _checksum(batch: pa.RecordBatch) -> int:
    """Return the sum of a batch's values as whole numbers of 64 bits."""
    total = 0
    for words in (batch.column(0).to_numpy(), _values(batch.column(1)), _values(batch.column(2))):
        total += int(words.view(np.uint64 if words.itemsize == 8 else words.dtype).sum(dtype=np.uint64))
    return total % (1 << 64)


def _arrays_of(
    con: duckdb.DuckDBPyConnection, series: Series, periods: int, span: dict[str, object], schema: pa.Schema
) -> pa.Table:
    """Bring the figures of some series, (series,) numbers ascending, into arrays."""
    usd = np.full((series.size, periods), np.nan)
    marks = np.zeros((series.size, periods), dtype=np.uint8)
    first = int(series[0]) if series.size else 0
    place = np.zeros(int(series[-1]) - first + 1 if series.size else 1, dtype=np.int64)
    place[series - first] = np.arange(series.size)
    rows = con.sql(
        f"""
        SELECT f.series, p.place, f.value_usd,
            CAST(CASE WHEN f.value_usd IS NULL THEN {HAS_NO_VALUE} ELSE CASE WHEN f.net_kg > 0 THEN {HAS_WEIGHT} ELSE 0 END
                + CASE WHEN f.quantity > 0 THEN {HAS_QUANTITY} ELSE 0 END
                + CASE WHEN f.is_estimated THEN {IS_ESTIMATED} ELSE 0 END END AS UTINYINT) AS marks
        FROM trade_facts AS f JOIN trade_array_periods AS p ON f.period = p.period AND p.frequency = $frequency
        WHERE f.series BETWEEN $first AND $last
        """,
        params=span,
    ).to_arrow_reader(1 << 20)
    for batch in rows:
        number, at = batch.column(0).to_numpy(), batch.column(1).to_numpy()
        own = np.isin(number, series) if series.size < span["last"] - span["first"] + 1 else slice(None)  # type: ignore[operator]
        row, at = place[number[own] - first], at[own]
        usd[row, at] = batch.column(2).to_numpy(zero_copy_only=False)[own]
        marks[row, at] = batch.column(3).to_numpy()[own]
    columns = [
        pa.array(series, pa.int32()),
        pa.FixedSizeListArray.from_arrays(pa.array(usd.reshape(-1)), periods),
        pa.FixedSizeListArray.from_arrays(pa.array(marks.reshape(-1)), periods),
    ]
    return pa.table(columns, schema=schema)


def _values(column: pa.FixedSizeListArray) -> Any:
    return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)

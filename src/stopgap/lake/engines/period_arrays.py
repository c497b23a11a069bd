"""Dollars of each series as one array over the periods, in the native copy: built once, read in batches.

A sum over all destinations reads ten million figures for two hundred thousand results. As rows each of them is joined
twice and grouped; as arrays they are multiplied by a row of weights. ``trade_array_periods`` holds ``frequency``, ``place``
(the position in the arrays) and ``period``; ``trade_arrays_m`` and ``trade_arrays_a`` hold ``series``, ``usd`` (NaN where
the lake has no figure; missing is not zero) and ``marks`` (:data:`HAS_WEIGHT`, :data:`HAS_QUANTITY`, :data:`IS_ESTIMATED`).
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.reading import interruptible

HAS_WEIGHT = 1
"""Mark of a figure with a net weight above 0."""
HAS_QUANTITY = 2
"""Mark of a figure with a quantity above 0."""

IS_ESTIMATED = 4
"""Mark of a figure that the source estimated."""

LEAST_FILLED = 1 / 8
"""Share of an array that must hold figures; a lake of shorter series is read as rows."""
LEAST_FIGURES = 20_000
"""Figures below which rows are as quick."""
LARGEST_USD = 1e10
"""Dollars of one figure above which sums of millionths could exceed 64 bits: such a lake is read as rows."""
MOST_PERIODS = 600
_BATCH = 8_192
_MOST_HELD = 128 << 20  # bytes of arrays that stay in memory
_AT_ONCE = 8_000_000  # figures brought into arrays at a time

Dollars = npt.NDArray[np.float64]
Marks = npt.NDArray[np.uint8]
Series = npt.NDArray[np.int32]


Batch = tuple[Series, Dollars, "Marks | None"]


class _Reading:
    """One reading of all batches by a thread; any number wait for the next batch."""

    def __init__(self, read: Callable[[], Iterator[Batch]]) -> None:
        self._batches: list[Batch] = []
        self._is_whole = False
        self._changed = threading.Condition()
        self.error: BaseException | None = None
        threading.Thread(target=self._read, args=(read,), name="stopgap-arrays").start()

    def _read(self, read: Callable[[], Iterator[Batch]]) -> None:
        error: BaseException | None = None
        try:
            for batch in read():
                with self._changed:
                    self._batches.append(batch)
                    self._changed.notify_all()
        except BaseException as failed:  # raised where the batches are taken
            error = failed
        with self._changed:
            self.error, self._is_whole = error, True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Batch]:
        at = 0
        while True:
            with self._changed:
                while at == len(self._batches) and not self._is_whole:
                    self._changed.wait()
                if self.error is not None:
                    raise self.error
                if at == len(self._batches):
                    return
            yield self._batches[at]
            at += 1


class _Held:
    """Batches that stay in memory; those that could not be read are read anew."""

    def __init__(self) -> None:
        self._reading: _Reading | None = None
        self._lock = threading.Lock()

    def load(self, read: Callable[[], Iterator[Batch]]) -> _Reading:
        """Return the reading, begun now unless it was before."""
        with self._lock:
            if self._reading is None or self._reading.error is not None:
                self._reading = _Reading(read)
            return self._reading


@dataclass(frozen=True)
class PeriodArrays:
    """Arrays of one frequency in an attached copy, and the periods that their positions stand for."""

    con: duckdb.DuckDBPyConnection
    frequency: str
    periods: tuple[dt.date, ...]
    size: int
    _held: _Held = field(default_factory=_Held, repr=False, compare=False)

    def load(self) -> None:
        """Begin to read the arrays of a small lake into memory, where they stay."""
        if self.size <= _MOST_HELD:
            self._in_memory()

    def _in_memory(self) -> _Reading:
        return self._held.load(lambda: self._batches(marks=True))

    def batches(self, *, marks: bool = False) -> Iterator[Batch]:
        """Yield numbers of series, ascending, with their dollars (series, periods), and their marks if asked for.

        Nobody may change the arrays: those of a small lake stay in memory.
        """
        if self.size > _MOST_HELD:
            return self._batches(marks=marks)
        return iter(self._in_memory())

    def _batches(self, *, marks: bool) -> Iterator[Batch]:
        for batch in self._read("series, usd, marks" if marks else "series, usd"):
            yield batch.column(0).to_numpy(), _dollars(batch.column(1)), _marks(batch.column(2)) if marks else None

    def of_series(self, first: int, last: int) -> tuple[Series, Dollars, Marks]:
        """Return the numbers, dollars and marks of the series from ``first`` to ``last``."""
        where = f"series BETWEEN {first} AND {last}"
        found = interruptible(self.con.cursor()).sql(
            f"SELECT series, usd, marks FROM native.{_table(self.frequency)} WHERE {where}"
        )
        table = found.to_arrow_table().combine_chunks()
        if table.num_rows == 0:
            shape = (0, len(self.periods))
            return np.zeros(0, dtype=np.int32), np.zeros(shape), np.zeros(shape, dtype=np.uint8)
        return table["series"].to_numpy(), _dollars(table["usd"].chunk(0)), _marks(table["marks"].chunk(0))

    def _read(self, columns: str) -> Iterator[pa.RecordBatch]:
        # A cursor of its own: several readers may be under way.
        yield from (
            interruptible(self.con.cursor())
            .sql(f"SELECT {columns} FROM native.{_table(self.frequency)}")
            .to_arrow_reader(_BATCH)
        )


def read_arrays(con: duckdb.DuckDBPyConnection, frequency: str) -> PeriodArrays | None:
    """Return the arrays of a frequency in the attached copy; ``None`` where it has none."""
    periods = con.execute(
        "SELECT period FROM native.trade_array_periods WHERE frequency = ? ORDER BY place", [frequency]
    ).fetchall()
    if not periods:
        return None
    [(series,)] = con.execute(f"SELECT count(*) FROM native.{_table(frequency)}").fetchall()
    return PeriodArrays(con, frequency, tuple(row[0] for row in periods), 8 * int(series) * len(periods))


def build_arrays(con: duckdb.DuckDBPyConnection) -> None:
    """Write the arrays of each frequency of ``trade_series`` and ``trade_facts``, over the periods in ``periods_held``."""
    con.execute("CREATE TABLE trade_array_periods (frequency VARCHAR, place INTEGER, period DATE)")
    known = con.execute(
        "SELECT s.frequency, count(f.value_usd), coalesce(max(abs(f.value_usd)), 0), "
        "bool_and(f.value_usd IS NOT NULL AND f.is_estimated IS NOT NULL) "
        "FROM trade_facts AS f JOIN trade_series AS s ON f.series = s.series GROUP BY ALL"
    ).fetchall()
    for frequency, rows, largest, is_whole in sorted(known):
        [(periods,)] = con.execute("SELECT count(*) FROM periods_held WHERE frequency = ?", [frequency]).fetchall()
        [(series,)] = con.execute("SELECT count(*) FROM trade_series WHERE frequency = ?", [frequency]).fetchall()
        if frequency not in ("M", "A") or periods > MOST_PERIODS or not largest < LARGEST_USD:
            continue
        # What has no value is in no array, and a stage that counts such rows must see them.
        if not is_whole or rows < LEAST_FIGURES or rows < LEAST_FILLED * series * periods:
            continue
        _build(con, frequency, int(periods))


def _build(con: duckdb.DuckDBPyConnection, frequency: str, periods: int) -> None:
    con.execute(
        "INSERT INTO trade_array_periods SELECT frequency, row_number() OVER (ORDER BY period) - 1, period "
        "FROM periods_held WHERE frequency = $frequency",
        {"frequency": frequency},
    )
    table = _table(frequency)
    con.execute(f"CREATE TABLE {table} (series INTEGER, usd DOUBLE[{periods}], marks UTINYINT[{periods}])")
    [(last,)] = con.execute("SELECT coalesce(max(series), 0) FROM trade_series").fetchall()
    step = max(1, _AT_ONCE // periods)
    for first in range(1, int(last) + 1, step):
        span = {"frequency": frequency, "first": first, "last": min(first + step - 1, int(last))}
        numbers = con.sql(
            "SELECT series FROM trade_series WHERE frequency = $frequency AND series BETWEEN $first AND $last ORDER BY series",
            params=span,
        ).to_arrow_table()
        made = _arrays_of(con, numbers["series"].to_numpy(), periods, span)
        con.register("arrays_made", made)
        con.execute(f"INSERT INTO {table} SELECT series, usd, marks FROM arrays_made")
        con.unregister("arrays_made")


def _arrays_of(con: duckdb.DuckDBPyConnection, series: Series, periods: int, span: dict[str, object]) -> pa.Table:
    """Bring the figures of some series, (series,) numbers ascending, into arrays."""
    usd = np.full((series.size, periods), np.nan)
    marks = np.zeros((series.size, periods), dtype=np.uint8)
    first = int(series[0]) if series.size else 0
    place = np.zeros(int(series[-1]) - first + 1 if series.size else 1, dtype=np.int64)
    place[series - first] = np.arange(series.size)
    rows = con.sql(
        f"""
        SELECT f.series, p.place, f.value_usd,
            CAST(CASE WHEN f.net_kg > 0 THEN {HAS_WEIGHT} ELSE 0 END + CASE WHEN f.quantity > 0 THEN {HAS_QUANTITY} ELSE 0 END
                + CASE WHEN f.is_estimated THEN {IS_ESTIMATED} ELSE 0 END AS UTINYINT) AS marks
        FROM trade_facts AS f JOIN trade_array_periods AS p ON f.period = p.period AND p.frequency = $frequency
        WHERE f.series BETWEEN $first AND $last AND f.value_usd IS NOT NULL
        """,
        params=span,
    ).to_arrow_reader(1 << 20)
    for batch in rows:
        number, at = batch.column(0).to_numpy(), batch.column(1).to_numpy()
        own = np.isin(number, series) if series.size < span["last"] - span["first"] + 1 else slice(None)  # type: ignore[operator]
        row, at = place[number[own] - first], at[own]
        usd[row, at] = batch.column(2).to_numpy()[own]
        marks[row, at] = batch.column(3).to_numpy()[own]
    return pa.table(
        {
            "series": pa.array(series, pa.int32()),
            "usd": pa.FixedSizeListArray.from_arrays(pa.array(usd.reshape(-1)), periods),
            "marks": pa.FixedSizeListArray.from_arrays(pa.array(marks.reshape(-1)), periods),
        }
    )


def _dollars(column: pa.FixedSizeListArray) -> Dollars:
    made: Dollars = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return made


def _marks(column: pa.FixedSizeListArray) -> Marks:
    made: Marks = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return made


def _table(frequency: str) -> str:
    return f"trade_arrays_{frequency.lower()}"

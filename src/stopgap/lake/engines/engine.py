"""What runs stages of SQL: any engine, and DuckDB (Spark: :mod:`stopgap.lake.engines.spark`).

A stage is one named SELECT in DuckDB's dialect over relations and other
stages; an engine combines it with the stages it needs and runs it. A reader can run it alone.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import duckdb
import pyarrow as pa

from stopgap.lake.engines.answers import KeptAnswers, statement_key, words_of
from stopgap.lake.engines.period_arrays import PeriodArrays, read_arrays
from stopgap.lake.engines.series_codes import SeriesCodes, read_series_codes
from stopgap.lake.engines.shared_rows import SharedRows
from stopgap.lake.reading import interruptible, out_of_memory
from stopgap.lake.stage import OnCopy, Stage

Made = TypeVar("Made")
MOST_MADE = 8
"""Results of one kind of work that an engine keeps."""

OF_THE_LAKE = frozenset({"trade", "trade_rows", "reported"})
"""Relations of the lake that a small table of the same name replaces."""

Scalar = str | int | float | None
Tables = Mapping[str, pa.Table]
Scalars = Mapping[str, Scalar]


class Engine(Protocol):
    """Runs a stage over the lake's relations and small tables given with it."""

    name: str

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows."""
        ...


class CopyEngine(Engine, Protocol):
    """An engine on a native copy."""

    def remember(self, kind: str, key: Hashable, make: Callable[[], Made], *, most: int = ...) -> Made:
        """Return what was made under a kind and key, made now if it was not; the last ones of a kind are kept."""
        ...

    def period_arrays(self, frequency: str) -> PeriodArrays | None:
        """Return the arrays of a frequency; ``None`` where there are none."""
        ...

    def series_codes(self, frequency: str, flow: str) -> SeriesCodes:
        """Return the texts of the series of a frequency and flow, as numbers."""
        ...


@dataclass
class DuckDBEngine:
    """Runs stages on a connection made by :func:`stopgap.lake.snapshot.connect`.

    With ``answers`` a statement is run once, and the rows of shared stages are worked out once: what the connection
    reads must not change while the engine is used.

    Attributes:
        answers: Answers to statements that were asked before; ``None`` keeps none.
        kept: Stages whose rows the connection holds, and the relations that they stand in.
    """

    con: duckdb.DuckDBPyConnection
    name: str = "duckdb"
    answers: KeptAnswers | None = None
    kept: Mapping[Stage, str] = field(default_factory=dict)
    _shared: SharedRows = field(default_factory=SharedRows)
    _made: dict[str, dict[Hashable, Any]] = field(default_factory=dict)
    _arrays: dict[str, PeriodArrays | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[tuple[str, Hashable], tuple[threading.RLock, int]] = field(default_factory=dict)

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows as an Arrow table."""
        try:
            return self._run(stage, tables or {}, params or {})
        except duckdb.CatalogException:  # rows that this run shared were dropped by another thread meanwhile
            return self._run(stage, tables or {}, params or {})

    def _run(self, stage: Stage, given: Tables, scalars: Scalars) -> pa.Table:
        has_copy = self._has_copy(given)
        held = dict(self.kept) if has_copy else {}
        if stage.on_copy is not None and has_copy:
            found = self._on_copy(stage.on_copy, stage, given, scalars)
            if found is not None:
                return found
        for needed in stage.ordered() if self.answers is not None else ():
            if needed.is_shared and needed not in held:
                held[needed] = self._held(needed, held, given, scalars)
        sql = stage.compiled(held)
        return self.query(sql, tables=given, params=used_scalars(sql, scalars))

    def _has_copy(self, tables: Tables) -> bool:
        """Whether a native copy holds what is read: what is given in place of the lake's own relations is in none."""
        return bool(self.kept) and not OF_THE_LAKE & tables.keys()

    def _on_copy(self, work_out: OnCopy, stage: Stage, tables: Tables, params: Scalars) -> pa.Table | None:
        """Return a stage's rows from the arrays of the native copy; ``None`` where these cannot give them."""
        key = statement_key(stage.statement, tables, used_scalars(stage.statement, params))
        found = self.answers.find(key) if self.answers is not None else None
        if found is None:
            found = work_out(self, tables, params)
            if found is not None and self.answers is not None:
                self.answers.keep(key, found)
        return found

    def remember(self, kind: str, key: Hashable, make: Callable[[], Made], *, most: int = MOST_MADE) -> Made:
        """Return what was made under a kind and key, made now if it was not; the last ones of a kind are kept."""
        if self.answers is None:
            return make()
        known = self._made.setdefault(kind, {})
        found: Made
        with self._lock:
            if key in known:
                found = known[key]
                return found
        with self._making(kind, key):
            with self._lock:
                if key in known:  # another thread made it meanwhile
                    found = known[key]
                    return found
            found = make()
            with self._lock:
                while len(known) >= most:
                    known.pop(next(iter(known)))
                known[key] = found
        return found

    @contextlib.contextmanager
    def _making(self, kind: str, key: Hashable) -> Iterator[None]:
        """Let one thread at a time make what stands under a kind and key."""
        with self._lock:
            lock, waiting = self._locks.get((kind, key), (threading.RLock(), 0))
            self._locks[kind, key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                waiting = self._locks[kind, key][1] - 1
                self._locks[kind, key] = (lock, waiting)
                if not waiting:
                    del self._locks[kind, key]

    def period_arrays(self, frequency: str) -> PeriodArrays | None:
        """Return the arrays that the native copy has of a frequency; ``None`` where it has none."""
        if not self.kept:
            return None
        with self._making("arrays", frequency):
            if frequency not in self._arrays:
                self._arrays[frequency] = read_arrays(self.con.cursor(), frequency)
        return self._arrays[frequency]

    def series_codes(self, frequency: str, flow: str) -> SeriesCodes:
        """Return the texts of the series of a frequency and flow, as numbers."""
        key = (frequency, flow)
        return self.remember("series codes", key, lambda: read_series_codes(self.con, *key), most=2)

    def read_ahead(self, frequency: str, flow: str) -> None:
        """Begin to read the texts of series in a thread, where a copy has arrays, which are asked with them."""
        if self.period_arrays(frequency) is None:
            return

        def read() -> None:
            with contextlib.suppress(Exception):  # raised again where they are used
                self.series_codes(frequency, flow)

        threading.Thread(target=read, name="stopgap-ahead").start()

    def _held(self, stage: Stage, held: Mapping[Stage, str], tables: Tables, params: Scalars) -> str:
        """Return the relation that holds the rows of a shared stage, worked out where none does yet."""
        sql = stage.compiled(held)
        used = used_scalars(sql, params)
        key = statement_key(sql, tables, used)
        with self._making("rows", key):
            found = self._shared.find(key)
            if found is not None:
                return found
            rows = None
            if stage.on_copy is not None and self._has_copy(tables):
                rows = stage.on_copy(self, tables, params)
            with self._reading(sql, tables) as cursor:
                if rows is not None:
                    cursor.register("rows_worked_out", rows)
                    sql, used = "SELECT * FROM rows_worked_out", {}
                return self._shared.keep(cursor, key, sql, used)

    def query(self, sql: str, *, tables: Tables, params: Scalars) -> pa.Table:
        """Run a whole statement over the relations and the given small tables; all of its scalars must be bound."""
        if self.answers is None:
            return self._ask(sql, tables, params)
        key = statement_key(sql, tables, params)
        found = self.answers.find(key)
        if found is None:
            found = self._ask(sql, tables, params)
            self.answers.keep(key, found)
        return found

    def _ask(self, sql: str, tables: Tables, params: Scalars) -> pa.Table:
        with self._reading(sql, tables) as cursor:
            return cursor.sql(sql, params=dict(params)).to_arrow_table()

    @contextlib.contextmanager
    def _reading(self, sql: str, tables: Tables) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor that has the small tables whose names occur in a statement."""
        cursor = interruptible(self.con.cursor())
        try:
            for name, table in tables.items():
                if name in words_of(sql):
                    cursor.register(name, table)
            yield cursor
        except duckdb.OutOfMemoryException as error:
            raise out_of_memory() from error
        finally:
            cursor.close()


def used_scalars(sql: str, params: Scalars) -> dict[str, Scalar]:
    """Return the scalars whose names occur in a statement."""
    words = words_of(sql)
    return {name: value for name, value in params.items() if f"${name}" in words}

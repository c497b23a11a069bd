"""Record the stages that a measure runs, and replay them from a pack.

A measure queries its engine only by stages. Each recorded run is identified by its inputs: the SQL statement, the
scalars and the small tables. If the rows of the pack give the same answer, no answer is stored; if they do not (it
needs trade with other destinations, say), the answer itself, a sum over rows, is stored in the pack.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from stopgap.base.errors import MissingDataError
from stopgap.lake.engine_bars import without_bar
from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import DuckDBEngine, Engine, Scalar, used_scalars
from stopgap.lake.schema import TRADE_COLUMNS, VIEW_COLUMNS
from stopgap.lake.snapshot import Snapshot, lock_down_memory
from stopgap.lake.stage import Stage
from stopgap.panel.prepare import MeasureOptions


@dataclass(frozen=True)
class RecordedStage:
    """One recorded run of a stage (SQL query).

    Attributes:
        key: Hash of the statement, its scalars and its tables.
        sql: The whole statement, in DuckDB's dialect.
        params: Scalars that it uses.
        tables: Name -> digest of each small table that it uses.
    """

    key: str
    stage: str
    sql: str
    params: Mapping[str, Scalar]
    tables: Mapping[str, str]


@dataclass
class Recorder:
    """An engine that records each run and its answer, rows in a fixed order.

    Attributes:
        runs: Key -> run, in the order of first requests.
        asked: Key of each request, repeated ones included, in order.
        answers: Key -> result rows.
        given: Digest -> small input table.
        is_stopped: Whether the thread that asks is to end: its next request raises KeyboardInterrupt.
    """

    engine: Engine
    runs: dict[str, RecordedStage] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, pa.Table] = field(default_factory=dict)
    given: dict[str, pa.Table] = field(default_factory=dict)
    name: str = "recorder"
    is_stopped: bool = False

    def run(
        self, stage: Stage, *, tables: Mapping[str, pa.Table] | None = None, params: Mapping[str, Scalar] | None = None
    ) -> pa.Table:
        """Run a stage and return its rows, sorted by all columns ascending."""
        if self.is_stopped:
            raise KeyboardInterrupt
        run, used = asked_run(stage, tables or {}, params or {})
        self.asked.append(run.key)
        if run.key not in self.answers:
            self.runs[run.key] = run
            self.given |= {run.tables[name]: table for name, table in used.items()}
            self.answers[run.key] = in_order(self.engine.run(stage, tables=tables, params=params))
        return self.answers[run.key]

    def follow(self, later: Recorder) -> None:
        """Add what another recorder was asked, as if it had been asked of this one afterwards."""
        self.runs = {**self.runs, **{key: run for key, run in later.runs.items() if key not in self.runs}}
        self.answers = {**later.answers, **self.answers}
        self.given = {**self.given, **later.given}
        self.asked += later.asked


def asked_run(
    stage: Stage, tables: Mapping[str, pa.Table], params: Mapping[str, Scalar]
) -> tuple[RecordedStage, dict[str, pa.Table]]:
    """Return a run with its key, and the input tables that its statement names."""
    sql = stage.compiled()
    used = {name: table for name, table in sorted(tables.items()) if re.search(rf"\b{name}\b", sql)}
    scalars = used_scalars(sql, dict(sorted(params.items())))
    digests = {name: digest(table) for name, table in used.items()}
    return RecordedStage(run_key(stage.name, sql, scalars, digests), stage.name, sql, scalars, digests), used


def run_key(stage: str, sql: str, params: Mapping[str, Scalar], tables: Mapping[str, str]) -> str:
    """Return the hash that identifies a run: stage, statement, scalars, and digests of the tables."""
    return _sha256([stage, sql, params, tables])


def digest(table: pa.Table) -> str:
    """Return the hash of a table's columns and rows, independent of the order of rows.

    Floating-point numbers count with nine significant digits: sums may differ in later ones on another machine.
    """
    key = content_key(table)
    found = _DIGESTS.get(key)
    if found is None:
        rows = sorted(f"[{', '.join(row)}]" for row in zip(*map(_json_cells, table.columns), strict=True))
        found = _sha256([table.column_names, rows])
        if len(_DIGESTS) >= _MOST_DIGESTS:
            _DIGESTS.clear()
        _DIGESTS[key] = found
    return found


def _json_cells(column: pa.ChunkedArray) -> list[str]:
    """Return the cells of a column as JSON, floating-point numbers as texts of nine digits."""
    if pa.types.is_floating(column.type):
        return ["null" if cell is None else f'"{cell:.9g}"' for cell in column.to_pylist()]
    encoded = json.JSONEncoder(default=str).encode
    if pa.types.is_nested(column.type):
        return [encoded(cell) for cell in column.to_pylist()]
    known: dict[object, str] = {}
    return [known[cell] if cell in known else known.setdefault(cell, encoded(cell)) for cell in column.to_pylist()]


_DIGESTS: dict[bytes, str] = {}
_MOST_DIGESTS = 4096
"""Digests kept by the content of their tables: a measure gives the same small tables to many stages."""


def _sha256(document: object) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def in_order(table: pa.Table) -> pa.Table:
    """Sort rows by all columns ascending, from the first column on, missing values last."""
    if table.num_rows < 2:
        return table
    return table.sort_by([(name, "ascending") for name in table.column_names])


def rows_engine(trade: pa.Table, reported: pa.Table) -> DuckDBEngine:
    """Return an engine on a pack's tables ``trade`` and ``reported`` and nothing else: it can read no file."""
    con = duckdb.connect(":memory:")
    without_bar(con)
    con.execute("SET threads = 1")  # sums of doubles depend on the order of their rows
    con.register("packed_trade", trade)
    con.register("packed_reported", reported)
    columns = ", ".join(f"{name}::{TRADE_COLUMNS[name]} AS {name}" for name in VIEW_COLUMNS)
    con.execute(f"CREATE TABLE trade AS SELECT {columns} FROM packed_trade")
    con.execute("CREATE TABLE reported AS SELECT * FROM packed_reported")
    con.unregister("packed_trade")
    con.unregister("packed_reported")
    lock_down_memory(con)
    return DuckDBEngine(con)


def answered_by_rows(recorder: Recorder, rows: DuckDBEngine) -> set[str]:
    """Return the keys of the runs for which the pack's rows give exactly the recorded answer."""

    def is_answered(run: RecordedStage) -> bool:
        tables = {name: recorder.given[each] for name, each in run.tables.items()}
        try:
            return bool(run_again(run, tables, rows).equals(recorder.answers[run.key]))
        except duckdb.Error:  # it reads a relation that a pack does not hold
            return False

    # a statement has one thread for itself, so two at a time give what one after another gives
    workers = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        answers = workers.map(is_answered, recorder.runs.values())
        return {key for key, answered in zip(recorder.runs, answers, strict=True) if answered}
    finally:
        workers.shutdown(cancel_futures=True)


def run_again(run: RecordedStage, tables: Mapping[str, pa.Table], rows: DuckDBEngine) -> pa.Table:
    """Run a recorded statement on the pack's rows and return the sorted result."""
    return in_order(rows.query(run.sql, tables=tables, params=run.params))


@dataclass
class ReplayEngine:
    """An engine that answers from a pack: recorded answers by key, and the pack's rows for the keys ``by_rows``."""

    rows: DuckDBEngine
    stored: Mapping[str, pa.Table]
    by_rows: frozenset[str]
    name: str = "pack"

    def run(
        self, stage: Stage, *, tables: Mapping[str, pa.Table] | None = None, params: Mapping[str, Scalar] | None = None
    ) -> pa.Table:
        """Return the rows of a stage, sorted by all columns; MissingDataError if the pack does not hold them."""
        run, used = asked_run(stage, tables or {}, params or {})
        if run.key in self.stored:
            return self.stored[run.key]
        if run.key not in self.by_rows:
            raise MissingDataError(
                f"the pack does not hold what the stage {stage.name} gives",
                where=f"stage {stage.name}",
                fix="verify with the version of Stopgap that made the pack: another may ask for other figures",
            )
        return run_again(run, used, self.rows)


def bare_snapshot(vintage: str) -> Snapshot:
    """Return a snapshot with the name of its vintage alone: measures get everything else from their engine."""
    return Snapshot(Path(), vintage, True, -1, {}, (), {})


def each_asked(options: MeasureOptions, others: Sequence[str]) -> list[MeasureOptions]:
    """Return the options of each finding of a brief: the headline's own, and the same for each other goods list."""
    return [options, *(replace(options, goods=name, frequency=None) for name in others)]

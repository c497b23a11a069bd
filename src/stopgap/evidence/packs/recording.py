"""Record the stages that a measure runs, and replay them from a pack.

A measure asks its engine for stages alone. Recorded, each run is known by what it was asked: the statement,
the scalars and the small tables. Where the rows of the pack give the same answer, the rows stand for it; where
they do not (trade with other destinations, say), the answer itself, a sum over rows, goes into the pack.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from stopgap.base.errors import MissingDataError
from stopgap.lake.engine import DuckDBEngine, Engine, Scalar, Stage, used_scalars
from stopgap.lake.schema import TRADE_COLUMNS, VIEW_COLUMNS
from stopgap.lake.snapshot import Snapshot, lock_down_memory
from stopgap.panel.prepare import MeasureOptions


@dataclass(frozen=True)
class RecordedStage:
    """One stage as it was asked for.

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
    """An engine that notes each run and its answer, rows in a fixed order.

    Attributes:
        runs: Key -> run, in the order first asked.
        asked: Key of each run, in the order asked.
        answers: Key -> rows.
        given: Digest -> small table.
    """

    engine: Engine
    runs: dict[str, RecordedStage] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, pa.Table] = field(default_factory=dict)
    given: dict[str, pa.Table] = field(default_factory=dict)
    name: str = "recorder"

    def run(
        self, stage: Stage, *, tables: Mapping[str, pa.Table] | None = None, params: Mapping[str, Scalar] | None = None
    ) -> pa.Table:
        """Rows of a stage, all columns ascending."""
        run, used = asked_run(stage, tables or {}, params or {})
        self.asked.append(run.key)
        if run.key not in self.answers:
            self.runs[run.key] = run
            self.given |= {run.tables[name]: table for name, table in used.items()}
            self.answers[run.key] = in_order(self.engine.run(stage, tables=tables, params=params))
        return self.answers[run.key]


def asked_run(
    stage: Stage, tables: Mapping[str, pa.Table], params: Mapping[str, Scalar]
) -> tuple[RecordedStage, dict[str, pa.Table]]:
    """A run with its key, and the tables that its statement names."""
    sql = stage.compiled()
    used = {name: table for name, table in sorted(tables.items()) if re.search(rf"\b{name}\b", sql)}
    scalars = used_scalars(sql, dict(sorted(params.items())))
    digests = {name: digest(table) for name, table in used.items()}
    return RecordedStage(run_key(stage.name, sql, scalars, digests), stage.name, sql, scalars, digests), used


def run_key(stage: str, sql: str, params: Mapping[str, Scalar], tables: Mapping[str, str]) -> str:
    """Hash of what was asked: statement, scalars, and the digests of the tables."""
    return _sha256([stage, sql, params, tables])


def digest(table: pa.Table) -> str:
    """Hash of a table's columns and rows, whatever their order.

    Numbers count by their first nine digits: a sum of doubles may end otherwise on another machine.
    """
    rows = sorted(
        json.dumps([f"{cell:.9g}" if isinstance(cell, float) else cell for cell in row.values()], default=str)
        for row in table.to_pylist()
    )
    return _sha256([table.column_names, rows])


def _sha256(document: object) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def in_order(table: pa.Table) -> pa.Table:
    """The same rows, all columns ascending from the first, missing values last."""
    if table.num_rows < 2:
        return table
    return table.sort_by([(name, "ascending") for name in table.column_names])


def rows_engine(trade: pa.Table, reported: pa.Table) -> DuckDBEngine:
    """An engine on the relations ``trade`` and ``reported`` of a pack and nothing else: no file can be read."""
    con = duckdb.connect(":memory:")
    con.execute("SET enable_progress_bar = false")
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
    """Keys of the runs to which the rows give the very answer recorded."""
    found = set()
    for key, run in recorder.runs.items():
        tables = {name: recorder.given[each] for name, each in run.tables.items()}
        with contextlib.suppress(duckdb.Error):  # it reads a relation that a pack does not hold
            if run_again(run, tables, rows).equals(recorder.answers[key]):
                found.add(key)
    return found


def run_again(run: RecordedStage, tables: Mapping[str, pa.Table], rows: DuckDBEngine) -> pa.Table:
    """The answer of the rows to a run, in order."""
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
        """Rows of a stage, all columns ascending; MissingDataError where the pack does not hold them."""
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
    """A vintage by its name alone: measures ask their engine for all else."""
    return Snapshot(Path(), vintage, True, -1, {}, (), {})


def each_asked(options: MeasureOptions, others: Sequence[str]) -> list[MeasureOptions]:
    """Options of a brief's findings: of the headline as it was asked for, and of the other goods lists by name."""
    return [options, *(replace(options, goods=name, frequency=None) for name in others)]

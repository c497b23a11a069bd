"""What runs stages of SQL: any engine, and DuckDB (Spark: :mod:`stopgap.lake.spark`).

A stage is one named SELECT in DuckDB's dialect over relations and other
stages; an engine combines it with the stages it needs and runs it. A reader can run it alone.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import duckdb
import pyarrow as pa

from stopgap.lake.answers import KeptAnswers, statement_key
from stopgap.lake.reading import interruptible, out_of_memory
from stopgap.lake.shared_rows import SharedRows
from stopgap.lake.stage import Stage

Scalar = str | int | float | None
Tables = Mapping[str, pa.Table]
Scalars = Mapping[str, Scalar]


class Engine(Protocol):
    """Runs a stage over the lake's relations and small tables given with it."""

    name: str

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows."""
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

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows as an Arrow table."""
        given, scalars, held = tables or {}, params or {}, dict(self.kept)
        for needed in stage.ordered() if self.answers is not None else ():
            if needed.is_shared and needed not in held:
                held[needed] = self._held(needed.compiled(held), given, scalars)
        sql = stage.compiled(held)
        return self.query(sql, tables=given, params=used_scalars(sql, scalars))

    def _held(self, sql: str, tables: Tables, params: Scalars) -> str:
        """Return the relation that holds the rows of a shared stage's statement, run where none does yet."""
        used = used_scalars(sql, params)
        key = statement_key(sql, tables, used)
        found = self._shared.find(key)
        if found is None:
            with self._reading(sql, tables) as cursor:
                found = self._shared.keep(cursor, key, sql, used)
        return found

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
                if re.search(rf"\b{re.escape(name)}\b", sql):
                    cursor.register(name, table)
            yield cursor
        except duckdb.OutOfMemoryException as error:
            raise out_of_memory() from error
        finally:
            cursor.close()


def used_scalars(sql: str, params: Scalars) -> dict[str, Scalar]:
    """Return the scalars whose names occur in a statement."""
    return {name: value for name, value in params.items() if re.search(rf"\${name}\b", sql)}

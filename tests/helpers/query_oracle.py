"""What must hold of a statement: its label is never below what it reads, and what is out of reach is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
from marked_lakes import TABLES, marked_lake, wide_open
from query_grammar import Statement

from stopgap.base.errors import InputError, RefusedError, StopgapError
from stopgap.evidence.markings.provenance import VIEW_TABLES
from stopgap.lake.query.relations import relations_read
from stopgap.lake.query.worker import rows_of


class Oracle:
    """Lakes that differ in the rows of one table each, and what statements answer on them."""

    def __init__(self, base: duckdb.DuckDBPyConnection, others: dict[str, duckdb.DuckDBPyConnection]) -> None:
        self._base = base
        self._others = others

    def judge(self, statement: Statement, *, runs: bool = True) -> tuple[str, str | None]:
        """What became of a statement, and what is wrong with that; its answers are compared where it ``runs``."""
        try:
            told = relations_read(statement.sql)
        except (RefusedError, InputError) as error:
            if statement.is_refused:
                return "refused, as it must be", None
            return "refused, though it may be read", f"{error.what} ({type(error).__name__})"
        if statement.is_refused:
            return "answered", "what is out of reach was let through"
        missing, more = statement.reads - told, told - statement.reads
        if missing:
            return "answered", f"reads {sorted(missing)}, and the label does not know"
        try:
            differing = self._differing(statement.sql) if runs else set()
        except StopgapError as error:
            return "answered", f"{error.what}, though it was bound"
        shown = {table for name in told for table in VIEW_TABLES[name]}
        if not differing <= shown:
            return ("answered", f"the answer shows rows of {sorted(differing - shown)}, and the label does not know")
        if more:
            return "answered", f"{sorted(more)} are not read, and count"
        if runs:
            return f"run on four lakes: {'depends on marked rows' if differing else 'the same on all'}", None
        return "resolved", None

    def _differing(self, sql: str) -> set[str]:
        """Tables whose rows change the answer."""
        here = _answer(self._base, sql)
        return {table for table, con in self._others.items() if _answer(con, sql) != here}


def _answer(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    """Rows in any order."""
    return sorted(map(repr, rows_of(con, sql, 10**8, "a test").to_pylist()))


@contextlib.contextmanager
def oracle(folder: Path, tables: Sequence[str] = TABLES) -> Iterator[tuple[Oracle, Path, str]]:
    """An oracle, the lake that statements are asked of, and one of its data files."""
    with contextlib.ExitStack() as stack:
        lake = marked_lake(folder / "base")
        others = {}
        for table in tables:
            changed = marked_lake(folder / table, table)
            others[table] = stack.enter_context(wide_open(changed, folder))[0]
        base, snapshot = stack.enter_context(wide_open(lake, folder))
        yield Oracle(base, others), lake, str(snapshot.files[0])

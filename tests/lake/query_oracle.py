"""What must hold of a statement: its label is never below what it reads, and what is out of reach is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
from marked_lakes import TABLES, marked_lake, wide_open
from query_grammar import Statement

from stopgap.errors import InputError, RefusedError, StopgapError
from stopgap.lake.query_names import relations_read
from stopgap.lake.query_worker import rows_of
from stopgap.workflows.marking_inputs import VIEW_TABLES


class Oracle:
    """Lakes that differ in the rows of one table each, and what statements answer on them."""

    def __init__(self, base: duckdb.DuckDBPyConnection, others: dict[str, duckdb.DuckDBPyConnection]) -> None:
        self._base = base
        self._others = others

    def judge(self, statement: Statement) -> tuple[str, str | None]:
        """What became of a statement, and what is wrong with that."""
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
        differing = self._differing(statement.sql)
        shown = {table for name in told for table in VIEW_TABLES[name]}
        if not differing <= shown:
            return (
                "answered",
                f"the answer shows rows of {sorted(differing - shown)}, and the label does not know",
            )
        if more:
            return "answered", f"{sorted(more)} are not read, and count"
        return ("answered, and depends on marked rows" if differing else "answered"), None

    def _differing(self, sql: str) -> set[str]:
        """Tables whose rows change the answer."""
        here = _answer(self._base, sql)
        return {table for table, con in self._others.items() if _answer(con, sql) != here}


def _answer(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    """Rows in any order, or the kind of the error."""
    try:
        return sorted(map(repr, rows_of(con, sql, 10**8, "a test").to_pylist()))
    except StopgapError as error:
        return error.what


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

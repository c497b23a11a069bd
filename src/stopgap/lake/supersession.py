"""Determine which rows an import replaces.

See docs/adr/0002-what-a-release-replaces.md and docs/adr/0009-several-tables-one-history.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from stopgap.base.sql import quoted
from stopgap.lake.schema import DECLARATIONS, LISTED, TRADE, Table

_SLICE = ("source", "frequency", "reporter", "period", "flow", "revision")
_FIGURE = (*_SLICE, "good", "partner")
_LINE = ("source", "line")

Load = tuple[str, str]
"""One import of one file: (receipt, vintage). Rows carry both."""


class Replaces(StrEnum):
    """How much of the lake an import replaces.

    BOX: figures whose slice (source, frequency, reporter, period, flow, revision) occurs in
        the import, and whose good and partner do; where the import holds the World row of a
        good in a slice, every partner of it.
    COMPLETE: everything in the slices that occur in the import.
    FIGURES: only figures that the import itself holds: for an import with rejected rows,
        which cannot distinguish a withdrawn figure from a rejected one.
    LINES: lines of declarations with the same source and key; lines without a key are added.
    NOTHING: facts of lists are added, and are in force by the date of their edition.
    """

    BOX = "box"
    COMPLETE = "complete"
    FIGURES = "figures"
    LINES = "lines"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Replaced:
    """Rows that an import replaces: the data files that hold them, and an SQL ``condition`` over the alias ``old``.

    ``withdrawn`` counts those that have no successor in the import.
    """

    files: tuple[Path, ...]
    rows: int
    withdrawn: int
    condition: str


_COVERS: dict[str, tuple[tuple[str, ...], str]] = {
    "covered_slices": (_SLICE, "true"),
    "covered_figures": (_FIGURE, "true"),
    "covered_goods": (("source", "good"), "true"),
    "covered_partners": (("source", "partner"), "true"),
    "covered_worlds": ((*_SLICE, "good"), "partner = 'W00'"),
    "covered_lines": (_LINE, "line IS NOT NULL"),
    "covered_entries": (("list", "entity_id"), "entity_id IS NOT NULL"),
}
"""Temporary table -> the columns that it takes from the rows of the import, and the SQL filter of those rows."""

_OF = {
    Replaces.BOX: ("covered_slices", "covered_goods", "covered_partners", "covered_worlds"),
    Replaces.COMPLETE: ("covered_slices",),
    Replaces.FIGURES: ("covered_figures",),
    Replaces.LINES: ("covered_lines",),
    Replaces.NOTHING: (),
}


_SUCCESSORS = {TRADE.name: "covered_figures", DECLARATIONS.name: "covered_lines", LISTED.name: "covered_entries"}


def _is_in(table: str) -> str:
    columns, _ = _COVERS[table]
    same = " AND ".join(f"{table}.{name} = old.{name}" for name in columns)
    return f"EXISTS (FROM {table} WHERE {same})"


def _covering(con: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str]) -> None:
    for name in names:
        columns, where = _COVERS[name]
        # Texts that the relation stores as numbers are told apart as such, and compared as texts.
        texts = ", ".join(column if column == "period" else f"{column}::VARCHAR AS {column}" for column in columns)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS "
            f"SELECT {texts} FROM (SELECT DISTINCT {', '.join(columns)} FROM {relation} WHERE {where})"
        )


def is_load(loads: Sequence[Load], *, alias: str = "old") -> str:
    """Return an SQL condition that selects the rows of some loads."""
    pairs = ", ".join(f"({quoted(receipt)}, {quoted(vintage)})" for receipt, vintage in loads)
    return f"({alias}.receipt, {alias}.vintage) IN ({pairs})" if loads else "false"


def covered(con: duckdb.DuckDBPyConnection, relation: str, replaces: Replaces, corrects: Sequence[Load] = ()) -> str:
    """Return an SQL condition, over the alias ``old``, for the rows which an import replaces.

    Includes all rows of the loads in ``corrects``. Temporary tables that the condition needs stay in the connection
    until the next call.
    """
    _covering(con, relation, _OF[replaces])
    if replaces is Replaces.BOX:
        partner = f"({_is_in('covered_partners')} OR {_is_in('covered_worlds')})"
        condition = f"{_is_in('covered_slices')} AND {_is_in('covered_goods')} AND {partner}"
    else:
        condition = _is_in(_OF[replaces][0]) if _OF[replaces] else "false"
    return f"({condition} OR {is_load(corrects)})" if corrects else condition


def find_replaced(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    current: Sequence[Path],
    replaces: Replaces,
    *,
    table: Table = TRADE,
    corrects: Sequence[Load] = (),
) -> Replaced:
    """Find the rows in a table's current files that an import, given as a relation of the connection, replaces."""
    if not current:
        return Replaced((), 0, 0, "false")
    condition = covered(con, relation, replaces, corrects)
    successors = _SUCCESSORS[table.name]
    _covering(con, relation, [successors])
    rows = con.execute(
        f"""
        SELECT old.filename, count(*), count(*) FILTER ({_is_in(successors)} IS NOT TRUE)
        FROM read_parquet($files, filename = true) AS old WHERE {condition} GROUP BY 1
        """,
        {"files": [str(path) for path in current]},
    ).fetchall()
    return Replaced(
        files=tuple(Path(name) for name, _, _ in rows),
        rows=sum(count for _, count, _ in rows),
        withdrawn=sum(withdrawn for _, _, withdrawn in rows),
        condition=condition,
    )

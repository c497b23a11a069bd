"""Deduplicate keys: drop repetitions, report contradictions, separate parts from totals.

Works on a table in which most rows are sound. Only the rows whose key occurs
more than once are looked at closely; they are found by a 64-bit hash of the
key, so that the check costs little and can spill to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stopgap.sources.base import count

if TYPE_CHECKING:
    import duckdb


def take_suspects(con: duckdb.DuckDBPyConnection, table: str, *, key: Sequence[str], also: str = "false") -> int:
    """Moves the rows whose key occurs twice, or has a row for which ``also`` holds, to ``suspects``.

    ``suspects`` has the table's columns and ``id``, the row's place in the table.

    Returns:
        Rows moved.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE suspects AS
        SELECT t.rowid AS id, t.* FROM {table} AS t
        WHERE hash({", ".join(f"t.{name}" for name in key)}) IN (
            SELECT h FROM (SELECT hash({", ".join(key)}) AS h, {also} AS also FROM {table})
            GROUP BY h HAVING count(*) > 1 OR bool_or(also)
        )
        """
    )
    moved = count(con, "suspects")
    if moved == count(con, table):
        # A table made anew gives back its memory; one whose rows are deleted keeps it.
        con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table} LIMIT 0")
    elif moved:
        con.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT id FROM suspects)")
    return moved


def drop_repetitions(con: duckdb.DuckDBPyConnection, *, same: Sequence[str]) -> int:
    """Keeps the first of the suspects that agree in all the columns ``same``; returns how many were dropped."""
    before = count(con, "suspects")
    con.execute(
        f"""
        DELETE FROM suspects WHERE id NOT IN (
            SELECT min(id) FROM suspects GROUP BY {", ".join(same)}
        )
        """
    )
    return before - count(con, "suspects")


def take_contradictions(con: duckdb.DuckDBPyConnection, *, key: Sequence[str], part: str = "NULL::VARCHAR") -> int:
    """Moves to ``contradictions`` the suspects of each key that holds two rows for one ``part``.

    Returns:
        Rows moved.
    """
    columns = ", ".join(key)
    # A key column may be NULL throughout, which IN would not match.
    agrees = " AND ".join(f"s.{name} IS NOT DISTINCT FROM c.{name}" for name in key)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE contradictions AS
        SELECT s.* FROM suspects AS s SEMI JOIN (
            SELECT DISTINCT {columns} FROM (
                SELECT {columns} FROM suspects GROUP BY {columns}, {part} HAVING count(*) > 1
            )
        ) AS c ON {agrees}
        """
    )
    moved = count(con, "contradictions")
    if moved:
        con.execute("DELETE FROM suspects WHERE id IN (SELECT id FROM contradictions)")
    return moved


def mark_live(con: duckdb.DuckDBPyConnection, *, key: Sequence[str], totals: Sequence[str]) -> None:
    """Makes ``parts``: the suspects and ``live``, whether a row counts towards the total of its key.

    ``part`` holds a row's place in each dimension, joined by ``|``, or NULL for the total of all.
    In each dimension in turn the total is used where it is there, and the parts where it is not.

    Args:
        key: Columns of the key.
        totals: The text that stands for the total, in each dimension.
    """
    names = [f"d{number}" for number in range(len(totals))]
    split = "".join(
        f", coalesce(string_split(part, '|')[{number + 1}], '{total}') AS {name}"
        for number, (name, total) in enumerate(zip(names, totals, strict=True))
    )
    con.execute(f"CREATE OR REPLACE TABLE parts AS SELECT *{split}, true AS live FROM suspects")
    for number, (name, total) in enumerate(zip(names, totals, strict=True)):
        if not con.execute(f"SELECT 1 FROM parts WHERE {name} <> '{total}' LIMIT 1").fetchall():
            continue
        within = [*key, *names[number + 1 :]]
        # A join, not a window over all rows: totals are few where parts are many.
        same = " AND ".join(f"p.{column} IS NOT DISTINCT FROM t.{column}" for column in within)
        con.execute(
            f"""
            CREATE OR REPLACE TABLE parts AS
            SELECT p.* EXCLUDE (live), p.live AND (p.{name} = '{total}' OR t.is_there IS NULL) AS live
            FROM parts AS p LEFT JOIN (
                SELECT DISTINCT {", ".join(within)}, true AS is_there FROM parts WHERE live AND {name} = '{total}'
            ) AS t ON {same}
            """
        )

"""Detect files of one import that hold the same rows."""

from __future__ import annotations

import duckdb

from stopgap.base.errors import InputError
from stopgap.lake.schema import TRADE, Table


def drop_overlaps(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, int]:
    """Keep each row of ``gathered`` that stands in several files once, under the first file's receipt.

    Returns:
        Receipt -> rows left out because an earlier file of the import holds them.

    Raises:
        InputError: Two files hold the same key with different values.
    """
    key = ", ".join(table.key)
    keyed = " AND ".join(f"{name} IS NOT NULL" for name in table.key)
    # Only rows whose hash occurs twice are looked at closely; they may still differ.
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT rowid AS id, * FROM gathered WHERE {keyed} AND hash({key}) IN (
            SELECT h FROM (SELECT hash({key}) AS h FROM gathered WHERE {keyed}) GROUP BY h HAVING count(*) > 1
        )
        """
    )
    columns = ", ".join(table.staged_columns)
    found = con.execute(
        f"""
        SELECT {key} FROM (SELECT DISTINCT {columns} FROM suspects) GROUP BY ALL HAVING count(*) > 1
        ORDER BY ALL LIMIT 1
        """
    ).fetchall()
    if found:
        what = "figure" if table is TRADE else "line"
        raise InputError(
            f"two of the files report the same {what} with different values",
            where=", ".join(f"{name} {value}" for name, value in zip(table.key, found[0], strict=True)),
            fix="import them one after the other (each becomes a vintage), or leave one out; nothing was loaded",
        )
    repeated = f"SELECT id, receipt FROM suspects WHERE id NOT IN (SELECT min(id) FROM suspects GROUP BY {key})"
    dropped = con.execute(f"SELECT receipt, count(*) FROM ({repeated}) GROUP BY 1").fetchall()
    if dropped:
        con.execute(f"DELETE FROM gathered WHERE rowid IN (SELECT id FROM ({repeated}))")
    return dict(dropped)

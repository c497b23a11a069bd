"""Rows put into a lake without a file, for tests of the lake alone."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.lake.store import Committed, commit_staged, staging_connection, writing
from stopgap.lake.supersession import Replaces

_ARROW = {"DATE": pa.string(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}

ROW = {
    "period": "2021-01-01",
    "frequency": "A",
    "reporter": "CHN",
    "partner": "RUS",
    "flow": "X",
    "good": "854231",
    "revision": "HS2017",
    "value_usd": 1.0,
    "net_kg": None,
    "quantity": None,
    "quantity_unit": None,
    "valuation": "FOB",
    "is_estimated": False,
    "source": "comtrade",
    "receipt": "r",
    "kind": "economy",
    "currency": "USD",
    "value_reported": 1.0,
    "usd_per_unit": 1.0,
}


def trade_row(**changes) -> dict[str, object]:
    """One staged row; ``value_usd`` sets the value as reported too."""
    row = ROW | changes
    if row["partner"] == "W00":
        row["kind"] = "aggregate"
    row["value_reported"] = row["value_usd"]
    return row


def receipt(name: str, rows: int) -> Receipt:
    """A receipt for rows that came from no file."""
    return Receipt(
        receipt=name,
        sha256=name,
        file_name=f"{name}.csv",
        size_bytes=0,
        source="comtrade",
        parser="test/1",
        mapping=None,
        terms="none",
        retrieved=None,
        published=None,
        rows_read=rows,
        rows_loaded=rows,
        rows_rejected=0,
        rows_missing=0,
        rows_duplicate=0,
    )


def put(
    lake: Path,
    rows: list[dict[str, object]],
    *,
    name: str = "r",
    also: Sequence[str] = (),
    replaces: Replaces = Replaces.BOX,
) -> Committed:
    """Commit rows as the next vintage, from a file called ``name`` and others."""
    with writing(lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
        columns = {column: kind for column, kind in TRADE_COLUMNS.items() if column != "vintage"}
        con.execute(f"CREATE TABLE staged ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
        given = {column: pa.array([row[column] for row in rows], _ARROW[kind]) for column, kind in columns.items()}
        con.register("rows_given", pa.table(given))
        casts = ", ".join(f"{column}::{kind}" for column, kind in columns.items())
        con.execute(f"INSERT INTO staged SELECT {casts} FROM rows_given")
        con.unregister("rows_given")
        return commit_staged(con, lake, [receipt(each, len(rows)) for each in (name, *also)], replaces=replaces)

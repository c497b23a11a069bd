"""A connection whose views hold rows given by a test, without a lake."""

from __future__ import annotations

import duckdb

from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.lake.views import REPORTED_SQL, TRADE_VIEWS

ROW = {
    "period": "2021-01-01", "frequency": "M", "reporter": "CHN", "partner": "RUS", "flow": "X", "good": "854231",
    "revision": "HS2017", "value_usd": 100.0, "net_kg": None, "quantity": None, "quantity_unit": None,
    "valuation": "FOB", "is_estimated": False, "source": "comtrade", "vintage": "v1", "receipt": "r", "kind": "economy",
    "currency": "USD", "value_reported": None, "usd_per_unit": 1.0,
}  # fmt: skip


def row(**changes: object) -> dict[str, object]:
    """One row; aggregates among the partners go where the lake puts them."""
    made = ROW | changes
    if made["value_reported"] is None:
        made["value_reported"] = made["value_usd"]
    if made["partner"] in ("W00", "_X", "X1", "QX"):
        made["kind"] = "aggregate"
    if made["flow"] == "M" and "valuation" not in changes:
        made["valuation"] = "CIF"
    return made


def month(i: int, *, year: int = 2020) -> str:
    """First day of the month ``i`` months after January of a year."""
    return f"{year + i // 12}-{i % 12 + 1:02d}-01"


def connection(rows: list[dict[str, object]]) -> duckdb.DuckDBPyConnection:
    """The canonical views over rows."""
    con = duckdb.connect(":memory:")
    con.execute(f"CREATE TABLE trade_rows ({', '.join(f'{name} {kind}' for name, kind in TRADE_COLUMNS.items())})")
    if rows:
        con.executemany(
            f"INSERT INTO trade_rows VALUES ({', '.join('?' * len(TRADE_COLUMNS))})",
            [[made[name] for name in TRADE_COLUMNS] for made in rows],
        )
    for name, sql in (TRADE_VIEWS | {"reported": REPORTED_SQL}).items():
        con.execute(f"CREATE VIEW {name} AS {sql}")
    return con

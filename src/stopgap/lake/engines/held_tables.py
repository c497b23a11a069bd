"""Tables of the native copy on what its files hold: figures of each reporter by code, and pairs of economies.

A question about all partners of a reporter, or all files, would read every figure; these tables have one row for all
figures that are alike:

``held_codes``: ``receipt``, ``source``, ``frequency``, ``flow``, ``kind``, ``revision``, ``good``, ``reporter``,
``currency``, ``period`` and ``exact_usd``, the exact sum over partners (NULL where no row has a value).
``held_pairs``: ``receipt``, ``source``, ``frequency``, ``flow``, ``way`` (``total`` for ``TOTAL``, else ``codes``),
``reporter``, ``partner``, ``period``; no breakdowns.

The rows of the kept stages are made from ``held_codes``.
"""

from __future__ import annotations

import duckdb

from stopgap.lake.kept_stages import HELD_GOODS, REVISIONS_HELD, SEVERAL_REVISIONS, TRADED_CODES
from stopgap.lake.views import REPORTED_SQL

_CODE = ("source", "frequency", "flow", "kind", "revision", "good", "reporter", "currency")
_PAIR = ("source", "frequency", "flow", "way", "reporter", "partner")


def build_held(con: duckdb.DuckDBPyConnection) -> None:
    """Write the tables from ``trade_series`` and ``trade_facts``."""
    _number(con, "trade_series", _CODE, "codes")
    con.execute(
        f"CREATE TABLE held_codes AS SELECT r.receipt, {', '.join(_CODE)}, r.period, r.exact_usd FROM ("
        "SELECT f.receipt, c.number, f.period, sum(CAST(f.value_usd AS DECIMAL(28, 6))) AS exact_usd "
        "FROM trade_facts AS f JOIN codes_of AS c ON f.series = c.series GROUP BY f.receipt, c.number, f.period"
        f") AS r JOIN codes AS c ON r.number = c.number "
        "ORDER BY flow, reporter, source, frequency, revision, good, r.period"
    )
    way = "CASE WHEN good = 'TOTAL' THEN 'total' ELSE 'codes' END"
    _number(con, f"(SELECT *, {way} AS way FROM trade_series WHERE kind <> 'breakdown')", _PAIR, "pairs")
    con.execute(
        f"CREATE TABLE held_pairs AS SELECT r.receipt, {', '.join(_PAIR)}, r.period FROM ("
        "SELECT DISTINCT f.receipt, p.number, f.period FROM trade_facts AS f JOIN pairs_of AS p ON f.series = p.series"
        ") AS r JOIN pairs AS p ON r.number = p.number ORDER BY flow, reporter, partner, r.period"
    )
    for name in ("codes", "pairs"):
        con.execute(f"DROP TABLE {name}; DROP TABLE {name}_of")


def build_kept(con: duckdb.DuckDBPyConnection) -> None:
    """Write ``reported``, the rows of the kept stages, and ``periods_held`` for the arrays, from ``held_codes``."""
    con.execute(
        "CREATE TEMP VIEW trade_rows AS SELECT *, CAST(exact_usd AS DOUBLE) AS value_usd FROM held_codes WHERE exact_usd IS NOT NULL"
    )
    con.execute("CREATE TEMP VIEW trade AS SELECT * FROM trade_rows WHERE kind = 'economy'")
    con.execute(f"CREATE TABLE reported AS {REPORTED_SQL}")
    for stage in (REVISIONS_HELD, SEVERAL_REVISIONS, TRADED_CODES):
        con.execute(f"CREATE TABLE {stage.name} AS {stage.sql}")
    con.execute(
        f"CREATE TABLE {HELD_GOODS.name} AS SELECT DISTINCT receipt, source, frequency, flow, revision, good, period "
        "FROM held_codes WHERE kind <> 'breakdown' ORDER BY ALL"
    )
    con.execute("CREATE TEMP TABLE periods_held AS SELECT DISTINCT frequency, period FROM held_codes")
    con.execute("DROP VIEW trade; DROP VIEW trade_rows")


def _number(con: duckdb.DuckDBPyConnection, series: str, columns: tuple[str, ...], name: str) -> None:
    """Number the different values of columns of series in one temporary table, and give each series its number in another."""
    con.execute(
        f"CREATE TEMP TABLE {name} AS SELECT CAST(row_number() OVER () AS INTEGER) AS number, * "
        f"FROM (SELECT DISTINCT {', '.join(columns)} FROM {series})"
    )
    same = " AND ".join(f"s.{column} IS NOT DISTINCT FROM n.{column}" for column in columns)
    con.execute(
        f"CREATE TEMP TABLE {name}_of AS SELECT s.series, n.number FROM {series} AS s JOIN {name} AS n ON {same}"
    )

"""Lakes of 1, 10 and 100 million simulated rows, and a small one: 100 goods, 48 months, four fifths of all cells.

Each is committed as one sorted file, as an import of one file does it, and kept in the cache folder.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pyarrow as pa
from measured import CACHE

ECONOMIES = {0: 10, 1: 16, 10: 51, 100: 160}
"""Millions of rows -> economies that trade with each other: 0.35, 0.92, 9.79 and 97.7 million rows."""

GOODS = "chpl-2024-02"
BASELINE, AFTER = "2020-01:2021-12", "2022-03:2023-12"
_FIRST = (
    "RUS",
    "CHN",
    "TUR",
    "KAZ",
    "ARE",
    "HKG",
    "DEU",
    "USA",
    "JPN",
    "KOR",
    "GBR",
    "FRA",
    "ITA",
    "POL",
    "IND",
    "VNM",
)

EXPORTS_SQL = """
    SELECT (DATE '2020-01-01' + INTERVAL (m) MONTH)::DATE AS period, 'M' AS frequency, s.code AS reporter,
        d.code AS partner, 'X' AS flow, g.code AS good, 'HS2022' AS revision,
        round(exp(6 + 3 * (hash(s.n, d.n, g.n) % 1000003) / 1000003.0 + 1.5 * (hash(s.n, d.n, g.n, m) % 1000003) / 1000003.0), 2)
            * CASE WHEN s.is_member AND d.code = 'RUS' AND g.n < 50 AND m >= 26 THEN 0.3
                   WHEN NOT s.is_member AND d.code = 'RUS' AND g.n < 50 AND m >= 26 THEN 1.4 ELSE 1 END AS value_usd,
        round(100 * exp(3.0 * (hash(s.n, d.n, g.n, m, 5) % 1000003) / 1000003.0), 1) AS net_kg,
        NULL::DOUBLE AS quantity, NULL::VARCHAR AS quantity_unit, 'FOB' AS valuation, false AS is_estimated,
        'comtrade' AS source, 'world' AS receipt, 'economy' AS kind, 'USD' AS currency,
        value_usd AS value_reported, 1.0::DOUBLE AS usd_per_unit
    FROM economies AS s, economies AS d, goods AS g, range(48) AS t(m)
    WHERE s.n <> d.n AND hash(s.n, d.n, g.n, m, 7) % 10 < 8
"""


def codes() -> list[str]:
    """The fifty goods of the list that is measured, and fifty ordinary ones."""
    from stopgap.codes.commodities import subheadings
    from stopgap.codes.goods import load_goods

    listed = [item.code for item in load_goods(GOODS).items]
    ordinary = [code for chapter in ("61", "64", "94", "20", "48") for code in subheadings(chapter, "HS2022")[:10]]
    return [*listed, *ordinary]


def economies(count: int) -> list[str]:
    """Codes of economies: those of the episode first."""
    from stopgap.codes.areas import areas

    others = sorted(code for code, area in areas().items() if area.kind == "economy" and code not in _FIRST)
    return [*_FIRST, *others][:count]


def scale_lake(millions: int) -> Path:
    """The lake of 1, 10 or 100 million rows, or the small one (0), made where it is not there yet."""
    lake = CACHE / f"scale-{millions}m"
    if not (lake / "whole").exists():
        shutil.rmtree(lake, ignore_errors=True)
        make_lake(lake, ECONOMIES[millions], EXPORTS_SQL)
        (lake / "whole").touch()
    return lake


def make_lake(lake: Path, count: int, rows_sql: str) -> None:
    """Commit the rows of a SELECT over ``economies``, ``goods`` and months as one file."""
    from lake_rows import receipt

    from stopgap.lake.store import commit_staged, staging_connection, writing
    from stopgap.panel.episodes import load_episode

    names, goods = economies(count), codes()
    members = set(load_episode("russia-2022").members())
    with writing(lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
        con.execute("SET memory_limit = '3GB'")
        is_member = [name in members for name in names]
        con.register("economies_given", pa.table({"code": names, "n": range(len(names)), "is_member": is_member}))
        con.register("goods_given", pa.table({"code": goods, "n": range(len(goods))}))
        con.execute("CREATE TABLE economies AS FROM economies_given; CREATE TABLE goods AS FROM goods_given")
        con.execute(f"CREATE VIEW staged AS {rows_sql}")
        [(rows,)] = con.execute("SELECT count(*) FROM staged").fetchall()
        commit_staged(con, lake, [receipt("world", int(rows))])


if __name__ == "__main__":
    import sys

    for size in map(int, sys.argv[1:]):
        print(scale_lake(size))

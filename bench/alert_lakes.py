"""Lakes of a million series, of which the last vintage brings one month, and an episode over all of their goods.

A series is a supplier's exports of one good to one destination. Each month of it is there with the density given; in one
series of a thousand the last month is twenty times as large.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from scale_lakes import economies

MONTHS = 61
FIRST = "2019-01"
LAST = "2024-01"
_MEMBERS = ("DEU", "USA", "JPN", "KOR", "GBR", "FRA", "ITA", "POL")
_EPISODE = """
name: million
title: A simulated stop
target: RUS
direction: exports-to-target
event: 2022-03
coalition: [{members}]
goods: [{goods}]
baseline: {{from: 2019-01, to: 2021-12, min_months: 24}}
after: {{from: 2022-04}}
hubs: [TUR]
"""

_ROWS = """
    SELECT (DATE '2019-01-01' + INTERVAL (m) MONTH)::DATE AS period, 'M' AS frequency, s.code AS reporter,
        d.code AS partner, 'X' AS flow, g.code AS good, 'HS2022' AS revision,
        round(exp(7 + 5 * (hash(s.n, d.n, g.n) % 1000003) / 1000003.0 + 2.0 * (hash(s.n, d.n, g.n, m) % 1000003) / 1000003.0)
            * CASE WHEN m = {last} AND hash(s.n, d.n, g.n, 11) % 1000 = 0 THEN 20 ELSE 1 END, 2) AS value_usd,
        NULL::DOUBLE AS net_kg, NULL::DOUBLE AS quantity, NULL::VARCHAR AS quantity_unit, 'FOB' AS valuation,
        false AS is_estimated, 'comtrade' AS source, '{receipt}' AS receipt, 'economy' AS kind, 'USD' AS currency,
        value_usd AS value_reported, 1.0 AS usd_per_unit
    FROM economies AS s, (SELECT * FROM economies WHERE n < {destinations}) AS d, goods AS g, range({start}, {end}) AS t(m)
    WHERE s.n <> d.n AND hash(s.n, d.n, g.n, m, 7) % 1000 < 1000 * {density}
"""


@dataclass(frozen=True)
class MillionLake:
    """A lake of a million series: ``suppliers`` to ``destinations``, in ``goods`` goods.

    With two destinations, the target and a hub, each series is a cell of the alerts or part of one.
    """

    folder: Path
    suppliers: int = 160
    destinations: int = 2
    goods: int = 3200
    density: float = 0.3

    @property
    def series(self) -> int:
        """Return the number of series."""
        return (self.suppliers - 1) * self.destinations * self.goods

    @property
    def lake(self) -> Path:
        """Return the folder of the lake, made where it is not there yet."""
        lake = self.folder / f"alerts-{self.suppliers}-{self.destinations}-{self.goods}-{round(100 * self.density)}"
        if not (lake / "whole").exists():
            shutil.rmtree(lake, ignore_errors=True)
            self._make(lake)
            (lake / "whole").touch()
        return lake

    @property
    def episode(self) -> Path:
        """Return the episode over all goods of the lake; its file is written anew."""
        goods = self.lake / "goods.csv"
        goods.write_text("code,description\n" + "".join(f"{code},Good {code}\n" for code in self.codes()))
        path = self.lake / "million.yml"
        path.write_text(_EPISODE.format(members=", ".join(_MEMBERS), goods=goods))
        return path

    def codes(self) -> list[str]:
        """Return the codes of the goods, spread over all chapters."""
        from stopgap.codes.commodities import subheadings

        known = subheadings("", "HS2022")
        return [known[place * len(known) // self.goods] for place in range(self.goods)]

    def names(self) -> list[str]:
        """Return the codes of the economies: the target and its hub first."""
        known = economies(self.suppliers)
        first = ["RUS", "TUR"]
        return [*first, *(name for name in known if name not in first)]

    def _make(self, lake: Path) -> None:
        from lake_rows import receipt

        from stopgap.lake.store import commit_staged, staging_connection, writing

        names, goods = self.names(), self.codes()
        for name, start, end in (("history", 0, MONTHS - 1), ("month", MONTHS - 1, MONTHS)):
            with writing(lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
                con.execute("SET memory_limit = '3GB'")
                con.register("economies_given", pa.table({"code": names, "n": range(len(names))}))
                con.register("goods_given", pa.table({"code": goods, "n": range(len(goods))}))
                con.execute("CREATE TABLE economies AS FROM economies_given; CREATE TABLE goods AS FROM goods_given")
                sql = _ROWS.format(
                    last=MONTHS - 1, receipt=name, destinations=self.destinations, start=start, end=end,
                    density=self.density,
                )  # fmt: skip
                con.execute(f"CREATE VIEW staged AS {sql}")
                [(rows,)] = con.execute("SELECT count(*) FROM staged").fetchall()
                commit_staged(con, lake, [receipt(name, int(rows))])

"""Lakes with monthly figures for tests of alerts: steady noise, and what a test adds."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pyarrow as pa
from lake_rows import receipt, trade_row

from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.lake.store import commit_staged, staging_connection, writing

SUPPLIERS = ("CHN", "TUR", "ARE", "IND", "DEU", "FRA")
GOODS = ("854231", "854232", "850440", "847150")
FIRST = 2020
EPISODE = """
name: made-up
title: A made-up stop
target: RUS
direction: exports-to-target
event: 2022-03
coalition: [DEU, FRA]
goods: [GOODS]
baseline: {from: 2020-01, to: 2021-12, min_months: 12}
after: {from: 2022-06}
hubs: [TUR]
"""


def month_text(number: int) -> str:
    return f"{FIRST + number // 12}-{number % 12 + 1:02d}"


def write_episode(folder: Path) -> Path:
    goods = folder / "goods.csv"
    goods.write_text("code,description\n" + "".join(f"{good},Good {good}\n" for good in GOODS))
    episode = folder / "made-up.yml"
    episode.write_text(EPISODE.replace("GOODS", str(goods)))
    return episode


class Figures:
    """Monthly dollars by (supplier, good), and what of them was released."""

    def __init__(self, months: int = 52, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        shape = (len(SUPPLIERS), len(GOODS))
        level = rng.lognormal(12, 0.8, shape)
        self.usd = level[..., None] * rng.gamma(6.0, 1 / 6.0, (*shape, months))
        self.months = months

    def set(self, supplier: str, good: str, month: int, factor: float) -> None:
        """A month at a multiple of the cell's mean."""
        cell = self.usd[SUPPLIERS.index(supplier), GOODS.index(good)]
        cell[month] = cell[:month].mean() * factor

    def rows(self, first: int, last: int, suppliers=SUPPLIERS, goods=GOODS) -> list[dict[str, object]]:
        """Rows of the months from first to last, both within."""
        return [
            trade_row(
                frequency="M",
                period=f"{month_text(month)}-01",
                reporter=supplier,
                good=good,
                value_usd=round(float(self.usd[SUPPLIERS.index(supplier), GOODS.index(good), month]), 2),
            )
            for supplier in suppliers
            for good in goods
            for month in range(first, last + 1)
        ]


def release(lake: Path, rows: list[dict[str, object]], name: str) -> None:
    """Rows as the next vintage, under a receipt of their own; in one go, for there are many."""
    columns = {column: kind for column, kind in TRADE_COLUMNS.items() if column != "vintage"}
    given = pa.Table.from_pylist([{**row, "receipt": name} for row in rows])
    with writing(lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
        con.register("given", given)
        cast = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
        con.execute(f"CREATE TABLE staged AS SELECT {cast} FROM given")
        commit_staged(con, lake, [receipt(name, len(rows))])

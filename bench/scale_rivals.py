"""The same tables by hand: DuckDB SQL on a native copy and on Parquet, Polars, pandas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from measured import CACHE
from scale_question import TARGET, Question

COLUMNS = ("period", "frequency", "reporter", "partner", "flow", "good", "value_usd", "net_kg")

GROSS_SQL = """
    SELECT t.reporter AS supplier, t.good,
        sum(CASE WHEN f.part = 'baseline' THEN t.value_usd * f.factor ELSE 0 END) AS baseline_usd,
        sum(CASE WHEN f.part = 'after' THEN t.value_usd * f.factor ELSE 0 END) AS after_usd
    FROM {rows} AS t JOIN factors AS f ON t.period = f.period
    WHERE t.partner = 'RUS' AND t.flow = 'X' AND t.frequency = 'M' AND t.good IN ({goods})
    GROUP BY t.reporter, t.good
"""
PANEL_SQL = """
    SELECT t.reporter AS supplier, t.partner AS destination, t.good, g.is_sanctioned,
        sum(CASE WHEN f.part = 'baseline' THEN t.value_usd * f.factor ELSE 0 END) AS baseline_usd,
        sum(CASE WHEN f.part = 'after' THEN t.value_usd * f.factor ELSE 0 END) AS after_usd
    FROM {rows} AS t JOIN factors AS f ON t.period = f.period JOIN panel_goods AS g ON t.good = g.good
    WHERE t.flow = 'X' AND t.frequency = 'M' AND t.reporter <> 'RUS' AND t.reporter <> t.partner
    GROUP BY t.reporter, t.partner, t.good, g.is_sanctioned
"""


@dataclass(frozen=True)
class Sums:
    """What a table must agree in: its rows, and dollars a year in both windows."""

    rows: int
    baseline_usd: float
    after_usd: float

    def agrees(self, other: Sums) -> bool:
        """Whether the rows are as many, and the dollars equal to a billionth."""
        pairs = ((self.baseline_usd, other.baseline_usd), (self.after_usd, other.after_usd))
        return self.rows == other.rows and all(abs(one - two) <= 1e-9 * max(abs(one), abs(two)) for one, two in pairs)


def sums_of(table: pa.Table) -> Sums:
    """Return the rows and dollars of a table with ``baseline_usd`` and ``after_usd``."""
    import pyarrow.compute as pc

    return Sums(table.num_rows, *(float(pc.sum(table[name]).as_py() or 0.0) for name in ("baseline_usd", "after_usd")))


def factors_table(asked: Question) -> pa.Table:
    """Return ``factors(period, part, factor)`` of a question."""
    days, parts, factors = zip(*asked.factors(), strict=True)
    return pa.table({"period": pa.array(days, pa.date32()), "part": list(parts), "factor": list(factors)})


def copy_path(millions: int) -> Path:
    """Return where the native copy made by hand is kept."""
    return CACHE / "by-hand" / f"trade-{millions}m.duckdb"


def build_copy(files: list[str], target: Path) -> None:
    """Write the columns of sorted Parquet files into a DuckDB file, in their order: what a native copy costs at least."""
    import duckdb

    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as con:
        con.execute("SET enable_progress_bar = false; SET preserve_insertion_order = true")
        con.execute(f"CREATE TABLE trade AS SELECT {', '.join(COLUMNS)} FROM read_parquet(?)", [files])
        con.execute("CHECKPOINT")


class DuckdbByHand:
    """SQL on the native copy made by hand, or on the Parquet files."""

    def __init__(self, files: list[str], copy: Path | None = None) -> None:
        import duckdb

        self.con = duckdb.connect(str(copy), read_only=True) if copy else duckdb.connect()
        self.con.execute("SET enable_progress_bar = false")
        listed = ", ".join(f"'{name}'" for name in files)
        self.rows = "trade" if copy else f"read_parquet([{listed}])"

    def gross(self, asked: Question) -> pa.Table:
        """Return the table of suppliers and goods of one target."""
        self.con.register("factors", factors_table(asked))
        goods = ", ".join(f"'{good}'" for good in asked.goods)
        return self.con.sql(GROSS_SQL.format(rows=self.rows, goods=goods)).to_arrow_table()

    def panel(self, asked: Question, goods: pa.Table) -> pa.Table:
        """Return the table of suppliers, destinations and goods; ``goods`` are ``good, is_sanctioned``."""
        self.con.register("factors", factors_table(asked))
        self.con.register("panel_goods", goods)
        return self.con.sql(PANEL_SQL.format(rows=self.rows)).to_arrow_table()


class PolarsByHand:
    """Lazy frames on the Parquet files, collected by the streaming engine."""

    def __init__(self, files: list[str]) -> None:
        import polars as pl

        self.pl = pl
        self.rows = pl.scan_parquet(files)

    def _sums(self) -> list[Any]:
        pl = self.pl
        dollars = pl.col("value_usd") * pl.col("factor")
        return [
            dollars.filter(pl.col("part") == part).sum().alias(name)
            for part, name in (("baseline", "baseline_usd"), ("after", "after_usd"))
        ]

    def gross(self, asked: Question) -> pa.Table:
        """Return the table of suppliers and goods of one target."""
        pl = self.pl
        factors = pl.from_arrow(factors_table(asked)).lazy()
        taken = self.rows.filter(
            pl.col("partner") == TARGET,
            pl.col("flow") == "X",
            pl.col("frequency") == "M",
            pl.col("good").is_in(list(asked.goods)),
        )
        joined = taken.select("period", "reporter", "good", "value_usd").join(factors, on="period")
        grouped = joined.group_by(pl.col("reporter").alias("supplier"), "good").agg(self._sums())
        return grouped.collect(engine="streaming").to_arrow()

    def panel(self, asked: Question, goods: pa.Table) -> pa.Table:
        """Return the table of suppliers, destinations and goods."""
        pl = self.pl
        factors, listed = pl.from_arrow(factors_table(asked)).lazy(), pl.from_arrow(goods).lazy()
        taken = self.rows.filter(
            pl.col("flow") == "X",
            pl.col("frequency") == "M",
            pl.col("reporter") != TARGET,
            pl.col("reporter") != pl.col("partner"),
        )
        joined = taken.select("period", "reporter", "partner", "good", "value_usd").join(factors, on="period")
        keys = (pl.col("reporter").alias("supplier"), pl.col("partner").alias("destination"), "good", "is_sanctioned")
        return joined.join(listed, on="good").group_by(*keys).agg(self._sums()).collect(engine="streaming").to_arrow()


class PandasByHand:
    """pandas on the Parquet files, the rows picked by filters of pyarrow."""

    def __init__(self, files: list[str]) -> None:
        self.files = files

    def _grouped(self, rows: Any, asked: Question, keys: list[str]) -> pa.Table:
        joined = rows.merge(factors_table(asked).to_pandas(), on="period")
        for part in ("baseline", "after"):
            joined[f"{part}_usd"] = (joined.value_usd * joined.factor).where(joined.part == part, 0.0)
        sums = joined.groupby(keys, observed=True)[["baseline_usd", "after_usd"]].sum()
        return pa.Table.from_pandas(sums.reset_index(), preserve_index=False)

    def gross(self, asked: Question) -> pa.Table:
        """Return the table of suppliers and goods of one target."""
        import pandas as pd

        picked = [("partner", "==", TARGET), ("flow", "==", "X"), ("frequency", "==", "M"), ("good", "in", asked.goods)]
        rows = pd.read_parquet(self.files, columns=["period", "reporter", "good", "value_usd"], filters=picked)
        return self._grouped(rows, asked, ["reporter", "good"])

    def panel(self, asked: Question, goods: pa.Table) -> pa.Table:
        """Return the table of suppliers, destinations and goods."""
        import pandas as pd

        picked = [("flow", "==", "X"), ("frequency", "==", "M"), ("reporter", "!=", TARGET)]
        names = ["period", "reporter", "partner", "good", "value_usd"]
        rows = pd.read_parquet(self.files, columns=names, filters=picked)
        rows = rows[rows.reporter != rows.partner].merge(goods.to_pandas(), on="good")
        return self._grouped(rows, asked, ["reporter", "partner", "good", "is_sanctioned"])


def cold_sql(millions: int, asked: Question) -> str:
    """Return a Python program that asks the native copy made by hand for the gross table, and prints its rows."""
    values = ", ".join(f"(DATE '{day}', '{part}', {factor!r})" for day, part, factor in asked.factors())
    goods = ", ".join(f"'{good}'" for good in asked.goods)
    sql = f"WITH factors(period, part, factor) AS (VALUES {values}) {GROSS_SQL.format(rows='trade', goods=goods)}"
    return f"import duckdb; con = duckdb.connect({str(copy_path(millions))!r}, read_only=True); print(con.sql({sql!r}).fetchall())"

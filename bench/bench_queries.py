"""Selective queries on the lake's native copy against the same rows as unsorted Parquet, a file a month.

    python bench/bench_queries.py --million-rows 5

The lake is made by importing a made-up Comtrade file and is kept in the cache folder.
Each query runs in a connection that is open already; the first run of each is shown
apart.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path
from statistics import median

import duckdb
from make_comtrade import write
from measured import CACHE, heading, stopgap, table

from stopgap.lake.engines.native_copy import build_derived, rows_sql
from stopgap.lake.snapshot import take_snapshot

QUERIES = {
    "one partner, one good, all months, by reporter": """
        SELECT reporter, period, sum(value_usd) FROM rows
        WHERE partner = 'RUS' AND good = $good AND flow = 'X' GROUP BY ALL ORDER BY ALL""",
    "one partner, all goods, two years, by reporter": """
        SELECT reporter, sum(value_usd) FROM rows
        WHERE partner = 'RUS' AND flow = 'X' AND period BETWEEN DATE '2021-01-01' AND DATE '2022-12-01' GROUP BY ALL ORDER BY ALL""",
    "one reporter, one month, all partners": """
        SELECT partner, sum(value_usd) FROM rows
        WHERE reporter = 'CHN' AND period = DATE '2022-03-01' AND $good <> '' GROUP BY ALL ORDER BY ALL""",
}  # fmt: skip


def made_lake(millions: int) -> Path:
    """A lake of so many million rows, and beside it the same rows as Parquet by month."""
    lake = CACHE / f"lake-{millions}m"
    months = CACHE / f"months-{millions}m"
    if not (lake / "whole").exists():
        shutil.rmtree(lake, ignore_errors=True)
        shutil.rmtree(months, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        source = CACHE / "scale.csv"
        write(source, rows=millions * 1_000_000, seed=3)
        started = time.perf_counter()
        stopgap("import", source, "--lake", lake)
        print(f"imported {millions} million rows in {time.perf_counter() - started:.1f} s\n", flush=True)
        source.unlink()
        files = [str(path) for path in take_snapshot(lake).files]
        with duckdb.connect() as con:
            con.execute(
                f"COPY (SELECT *, strftime(period, '%Y%m') AS month FROM read_parquet(?) ORDER BY hash(reporter, partner, good, flow)) "
                f"TO '{months}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (month))",
                [files],
            )
        (lake / "whole").touch()
    return lake


def timed(
    con: duckdb.DuckDBPyConnection, sql: str, good: str, runs: int
) -> tuple[list[float], list[tuple[object, ...]]]:
    """Milliseconds of each run, and the rows."""
    sql = sql.replace("$good", f"'{good}'")
    spent, rows = [], []
    for _ in range(runs):
        started = time.perf_counter()
        rows = con.execute(sql).fetchall()
        spent.append((time.perf_counter() - started) * 1000)
    return spent, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--million-rows", type=int, default=5)
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    lake = made_lake(given.million_rows)
    heading(f"Selective queries on {given.million_rows} million rows")
    snapshot = take_snapshot(lake)
    shutil.rmtree(lake / "derived", ignore_errors=True)
    started = time.perf_counter()
    native = build_derived(snapshot)
    built_s = time.perf_counter() - started
    months = CACHE / f"months-{given.million_rows}m"
    rows = []
    with duckdb.connect(str(native), read_only=True) as sorted_rows, duckdb.connect() as unsorted:
        unsorted.execute(
            f"CREATE VIEW rows AS SELECT * EXCLUDE (month) FROM read_parquet('{months}/*/*.parquet', hive_partitioning = true)"
        )
        [(good,)] = sorted_rows.execute("SELECT max(good) FROM trade_series").fetchall()
        for label, sql in QUERIES.items():
            ours, answer = timed(sorted_rows, sql.replace("FROM rows", f"FROM ({rows_sql('main')})"), good, given.runs)
            theirs, check = timed(unsorted, sql, good, given.runs)
            assert [row[:-1] for row in answer] == [row[:-1] for row in check]
            fast, slow = median(ours[1:]), median(theirs[1:])
            rows.append(
                [
                    label,
                    len(answer),
                    f"{ours[0]:.1f}",
                    f"{fast:.1f}",
                    f"{theirs[0]:.1f}",
                    f"{slow:.1f}",
                    f"{slow / fast:.1f}",
                ]
            )
    table(["query", "rows", "native first ms", "native ms", "Parquet first ms", "Parquet ms", "times faster"], rows)
    size = sum(path.stat().st_size for path in months.rglob("*.parquet")) / 1e6
    print(
        f"Native copy: {native.stat().st_size / 1e6:,.0f} MB, built in {built_s:.1f} s. " if native else "",
        f"Lake's Parquet: {sum(path.stat().st_size for path in snapshot.files) / 1e6:,.0f} MB; by month, unsorted: {size:,.0f} MB.",
        sep="",
    )


if __name__ == "__main__":
    main()

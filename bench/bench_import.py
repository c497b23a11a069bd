"""Import of a Comtrade file against a bare DuckDB COPY of the same columns in the same order.

    python bench/bench_import.py --rows 2000000 --pairs 5

A is ``stopgap import`` as a whole process into a fresh lake: raw bytes hashed,
checked and kept, every row validated, sorted and committed. B is a process that
imports DuckDB and runs one ``COPY (SELECT seven columns ... ORDER BY partner, good,
period) TO parquet``, and C one of the nineteen columns of which the lake keeps what they
say. They run in turn, A B C A B C. Promise: A takes at most 2 times B at 2 million rows,
2.2 times at 20 million.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from statistics import median

from make_comtrade import write
from measured import CACHE, PYTHON, Run, heading, run_child, spread, stopgap, table

PROMISE, PROMISE_OF_MANY, MANY = 2.0, 2.2, 10_000_000
BARE = """
import sys
import duckdb
duckdb.connect().execute(
    f"COPY (SELECT {sys.argv[3]} FROM read_csv('{sys.argv[1]}') ORDER BY partnerCode, cmdCode, period) "
    f"TO '{sys.argv[2]}' (FORMAT parquet)"
)
"""
SEVEN = "period, reporterCode, flowCode, partnerCode, classificationCode, cmdCode, primaryValue"
"""Columns without which a file cannot be imported."""
KEPT = (
    f"{SEVEN}, netWgt, qty, cifvalue, fobvalue, isQtyEstimated, isNetWgtEstimated, motCode, customsCode, mosCode, "
    "partner2Code, freqCode, qtyUnitCode"
)
"""Columns of the made-up file of which the lake keeps what they say."""


def made_file(rows: int, seed: int) -> Path:
    """The made-up file, written once and kept."""
    path = CACHE / f"comtrade-{rows}-{seed}.csv"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        write(half, rows=rows, seed=seed)
        half.rename(path)
    return path


def import_run(path: Path, folder: Path) -> Run:
    """A: a whole import into a lake that is not there yet."""
    lake = folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    run = stopgap("import", path, "--lake", lake, "--format", "json")
    print(f"  import {run.wall_s:.2f} s", flush=True)
    return run


def bare_run(path: Path, folder: Path, columns: str) -> Run:
    """B and C: the rival."""
    run = run_child(PYTHON, "-c", BARE, path, folder / "bare.parquet", columns)
    print(f"  COPY   {run.wall_s:.2f} s", flush=True)
    return run


def ratios(ours: list[Run], rivals: list[Run], letter: str) -> str:
    """Ratios of wall time pair by pair with their median, and the median of those of processor time."""
    walls = [a.wall_s / b.wall_s for a, b in zip(ours, rivals, strict=True)]
    cpu = median(a.cpu_s / b.cpu_s for a, b in zip(ours, rivals, strict=True))
    shown = ", ".join(f"{ratio:.2f}" for ratio in walls)
    return f"A / {letter}, pair by pair: {shown}; median {median(walls):.2f}; by processor time {cpu:.2f}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    path = made_file(given.rows, given.seed)
    heading(f"Import of {given.rows:,} rows, 47 columns, {path.stat().st_size / 1e6:,.0f} MB")
    imports: list[Run] = []
    copies: list[Run] = []
    kept: list[Run] = []
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        bare_run(path, folder, SEVEN)  # warms the page cache for both
        for _ in range(given.pairs):
            imports.append(import_run(path, folder))
            copies.append(bare_run(path, folder, SEVEN))
            kept.append(bare_run(path, folder, KEPT))
        answer = json.loads(imports[-1].stdout)
    print()
    table(
        ["whole process", "min s", "median s", "max s", "cpu s", "peak MiB"],
        [
            [label, *spread(run.wall_s for run in runs), f"{median(run.cpu_s for run in runs):.2f}",
             f"{max(run.peak_mib for run in runs):,.0f}"]
            for label, runs in (
                ("A stopgap import", imports), ("B bare COPY, seven columns", copies), ("C bare COPY, nineteen columns", kept),
            )
        ],
    )  # fmt: skip
    promise = PROMISE if given.rows < MANY else PROMISE_OF_MANY
    print(f"{ratios(imports, copies, 'B')} Promise: at most {promise}.")
    print(ratios(imports, kept, "C"))
    print(f"Rows loaded: {answer['rows_loaded']:,}; refused: {answer['rows_rejected']:,}.")


if __name__ == "__main__":
    main()

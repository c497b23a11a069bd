"""Import of a Comtrade file against a bare DuckDB COPY of the same columns in the same order.

    python bench/bench_import.py --rows 2000000 --pairs 5

A is ``stopgap import`` as a whole process into a fresh lake: raw bytes hashed,
checked and kept, every row validated, sorted and committed. B is a process that
imports DuckDB and runs one ``COPY (SELECT seven columns ... ORDER BY partner, good,
period) TO parquet``. They run in turn, A B A B. Promise: A takes at most 2 times B at 2
million rows, 2.2 times at 20 million.
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
    "COPY (SELECT period, reporterCode, flowCode, partnerCode, classificationCode, cmdCode, primaryValue "
    f"FROM read_csv('{sys.argv[1]}') ORDER BY partnerCode, cmdCode, period) TO '{sys.argv[2]}' (FORMAT parquet)"
)
"""


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


def bare_run(path: Path, folder: Path) -> Run:
    """B: the rival."""
    run = run_child(PYTHON, "-c", BARE, path, folder / "bare.parquet")
    print(f"  COPY   {run.wall_s:.2f} s", flush=True)
    return run


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
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        bare_run(path, folder)  # warms the page cache for both
        for _ in range(given.pairs):
            imports.append(import_run(path, folder))
            copies.append(bare_run(path, folder))
        answer = json.loads(imports[-1].stdout)
    print()
    table(
        ["whole process", "min s", "median s", "max s", "cpu s", "peak MiB"],
        [
            [label, *spread(run.wall_s for run in runs), f"{median(run.cpu_s for run in runs):.2f}",
             f"{max(run.peak_mib for run in runs):,.0f}"]
            for label, runs in (("A stopgap import", imports), ("B bare COPY", copies))
        ],
    )  # fmt: skip
    ratios = [a.wall_s / b.wall_s for a, b in zip(imports, copies, strict=True)]
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    promise = PROMISE if given.rows < MANY else PROMISE_OF_MANY
    print(f"A / B, pair by pair: {shown}; median {median(ratios):.2f}. Promise: at most {promise}.")
    cpu = median(a.cpu_s / b.cpu_s for a, b in zip(imports, copies, strict=True))
    print(f"By processor time, which others that work on the machine change less: {cpu:.2f}.")
    print(f"Rows loaded: {answer['rows_loaded']:,}; refused: {answer['rows_rejected']:,}.")


if __name__ == "__main__":
    main()

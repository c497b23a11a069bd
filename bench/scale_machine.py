"""What the machine gives: bytes copied in memory, rows decoded from Parquet on one core."""

from __future__ import annotations

import json
import sys
import time
from statistics import median

NEEDED = ["period", "frequency", "reporter", "partner", "flow", "good", "value_usd"]
"""Columns that a panel reads."""


def memory_copy(runs: int, size: int = 1 << 29) -> list[float]:
    """Return gigabytes copied a second by numpy, each run after a first one; as many are read as are written."""
    import numpy as np

    source, target = np.ones(size // 8), np.zeros(size // 8)
    np.copyto(target, source)
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        np.copyto(target, source)
        found.append(size / (time.perf_counter() - started) / 1e9)
    return found


def decode_arrow(files: list[str], runs: int) -> dict[str, float]:
    """Decode the needed columns with one thread of pyarrow, row group by row group; medians of the rates."""
    import pyarrow.parquet as pq

    seconds, rows, arrow, stored = [], 0, 0, 0
    for _ in range(runs):
        rows = arrow = stored = 0
        started = time.process_time()
        for path in files:
            with pq.ParquetFile(path) as opened:
                places = [opened.schema_arrow.names.index(name) for name in NEEDED]
                for number in range(opened.num_row_groups):
                    part = opened.read_row_group(number, columns=NEEDED, use_threads=False)
                    group = opened.metadata.row_group(number)
                    rows, arrow = rows + part.num_rows, arrow + part.nbytes
                    stored += sum(group.column(at).total_compressed_size for at in places)
        seconds.append(time.process_time() - started)
    spent = median(seconds)
    return {
        "rows_per_s": rows / spent,
        "arrow_gb_per_s": arrow / spent / 1e9,
        "stored_gb_per_s": stored / spent / 1e9,
        "stored_bytes_per_row": stored / rows,
        "arrow_bytes_per_row": arrow / rows,
    }


def scan_duckdb(relation: str, runs: int, copy: str | None = None) -> float:
    """Return rows a second of one DuckDB thread that reads the needed columns and adds one of them up."""
    import duckdb

    with duckdb.connect(copy, read_only=True) if copy else duckdb.connect() as con:
        con.execute("SET threads = 1; SET enable_progress_bar = false")
        seconds, rows = [], 0
        others = ", ".join(f"max({name})" for name in NEEDED[:-1])
        for _ in range(runs):
            started = time.process_time()
            [(rows, *_)] = con.execute(f"SELECT count(*), sum(value_usd), {others} FROM {relation}").fetchall()
            seconds.append(time.process_time() - started)
    return rows / median(seconds)


def main(millions: int, runs: int) -> None:
    """Print the rates as JSON; the lake's copy by hand must be there."""
    from scale_lakes import scale_lake
    from scale_question import parquet_of
    from scale_rivals import copy_path

    files = parquet_of(scale_lake(millions))
    listed = ", ".join(f"'{name}'" for name in files)
    found = {
        "millions": millions,
        "memory_copy_gb_per_s": median(memory_copy(runs)),
        "arrow": decode_arrow(files, runs),
        "duckdb_parquet_rows_per_s": scan_duckdb(f"read_parquet([{listed}])", runs),
        "duckdb_native_rows_per_s": scan_duckdb("trade", runs, str(copy_path(millions))),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

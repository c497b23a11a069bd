"""From nothing to an answer: a world simulated as files, imported, compacted and measured, each step a process of its own.

    python bench/bench_end_to_end.py 1 10
    python bench/bench_end_to_end.py 100

Prints, for each number of millions of rows, wall and CPU seconds and the peak of memory of each step. Promise, for 100
million rows on two cores: all steps within 25 minutes, none above 4 GB. At 100 million rows the files, the raw bytes
that the lake keeps, and the lake take about 15 GB of disk, which is given back at the end.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from measured import CACHE, Run, heading, stopgap, table

PROMISED_MINUTES, PROMISED_MIB = 25, 4_096


def steps(folder: Path, millions: float) -> list[tuple[str, Run]]:
    """Run all steps in a folder."""
    world, lake = folder / "world", folder / "lake"
    done: list[tuple[str, Run]] = []

    def run(name: str, *words: str | Path) -> Run:
        done.append((name, stopgap(*words, "--format", "json")))
        print(f"  {name}: {done[-1][1].wall_s:.0f} s", flush=True)
        return done[-1][1]

    rows = ["--rows", str(int(millions * 1_000_000))]
    made = json.loads(run("simulate", "simulate", "--output", world, "--seed", "1", *rows).stdout)
    files: list[str] = made["files"]
    imported = json.loads(run(f"import, {len(files)} files", "import", *files, "--lake", lake).stdout)
    if imported["rows_loaded"] != made["rows"]:
        raise SystemExit(f"{made['rows']:,} rows were written and {imported['rows_loaded']:,} loaded")
    for path in files:
        Path(path).unlink()
    run("lake compact", "lake", "compact", "--lake", lake)
    for name in ("measure, the first, with the native copy", "measure, again"):
        run(name, "measure", world / "episode.yml", "--lake", lake)
    size = sum(path.stat().st_size for path in (lake / "tables").rglob("*.parquet"))
    print(f"{made['rows']:,} rows; tables of {size / 1e6:,.0f} MB", flush=True)
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millions", type=float, nargs="*", default=[1.0])
    given = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    for millions in given.millions:
        heading(f"From simulation to answer, {millions:g} million rows", "duckdb", "pyarrow")
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            done = steps(Path(name), millions)
        wall, cpu = sum(run.wall_s for _, run in done), sum(run.cpu_s for _, run in done)
        peak = max(run.peak_mib for _, run in done)
        rows = [[name, f"{run.wall_s:.1f}", f"{run.cpu_s:.1f}", f"{run.peak_mib:,.0f}"] for name, run in done]
        print()
        table(["step", "wall s", "CPU s", "peak MiB"], [*rows, ["all", f"{wall:.1f}", f"{cpu:.1f}", f"{peak:,.0f}"]])
        print(f"Promise for 100 million rows: {PROMISED_MINUTES} minutes, {PROMISED_MIB:,} MiB.")


if __name__ == "__main__":
    main()

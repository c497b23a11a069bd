"""How fast simulated worlds are drawn, as arrays and as files, and in how much memory.

    python bench/bench_simulate.py --rows 200000 2000000

Each file run is a process of its own; its peak of memory is the system's figure for it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from measured import heading, stopgap, table
from simulated_lake import simulated_lake

from stopgap.simulate.spec import KINDS, world_spec
from stopgap.simulate.tables import world_cells
from stopgap.simulate.worlds import make_world


def arrays(runs: int) -> None:
    """Seconds for a world of 40 economies, 24 goods and 51 months in memory, by kind."""
    rows = []
    for kind in KINDS:
        spent: dict[str, list[float]] = {"drawn": [], "truth": [], "cells": [], "lake": []}
        count = 0
        for seed in range(runs):
            at = time.perf_counter()
            world = make_world(world_spec(kind, seed))
            spent["drawn"].append(time.perf_counter() - at)
            at = time.perf_counter()
            assert world.truth["version"]
            spent["truth"].append(time.perf_counter() - at)
            at = time.perf_counter()
            count = world_cells(world).num_rows
            spent["cells"].append(time.perf_counter() - at)
            at = time.perf_counter()
            with simulated_lake(world):
                spent["lake"].append(time.perf_counter() - at)
        rows.append([kind, f"{count:,}", *(f"{median(times):.2f}" for times in spent.values())])
    heading("Worlds of 40 economies, 24 goods, 36 + 12 months in memory")
    table(["kind", "cells", "drawn s", "truth s", "cells s", "lake in memory s"], rows)


def files(sizes: list[int], kind: str) -> None:
    """Seconds, rows, bytes and peak memory of worlds as files."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "world"
            words = ["simulate", "--output", str(target), "--seed", "1", "--rows", str(size), "--kind", kind]
            ran = stopgap(*words)
            spent = ran.wall_s
            written = sum(path.stat().st_size for path in target.iterdir()) / 1e6
            had = _rows(target)
            shutil.rmtree(target)
        rows.append(
            [f"{size:,}", f"{had:,}", f"{spent:.1f}", f"{had / spent:,.0f}", f"{written:,.0f}", f"{ran.peak_mib:,.0f}"]
        )
    heading(f"Worlds as files, kind {kind}", "numpy")
    table(["rows asked", "rows", "s", "rows a second", "MB on disk", "most memory MiB"], rows)


def _rows(folder: Path) -> int:
    return int(json.loads((folder / "truth.json").read_text("utf-8"))["rows"])


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[200_000, 2_000_000])
    parser.add_argument("--kind", default="basic")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    # Files first: the peak of a child is at least what this process holds when it starts it.
    files(sorted(given.rows), given.kind)
    arrays(given.runs)


if __name__ == "__main__":
    main()

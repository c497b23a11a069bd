"""One task of the scale bench in a process of its own: printed as JSON for the parent.

python bench/scale_child.py gross 1 21
"""

from __future__ import annotations

import gc
import json
import math
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import scale_ours as ours
from measured import CACHE
from scale_lakes import scale_lake
from scale_question import parquet_of, question
from scale_rivals import DuckdbByHand, PandasByHand, PolarsByHand, build_copy, copy_path, sums_of
from scale_stats import alternate
from scale_tables import OURS, PANDAS, POLARS, SQL_NATIVE, SQL_PARQUET

from stopgap.__main__ import COLLECT_AFTER

PANDAS_MOST = {"gross": 10, "panel": 1}
"""Millions of rows up to which pandas is asked."""


def peak_mib() -> float:
    """Return the largest resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def clocked(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return the answer of a call, and its wall and processor seconds."""
    started, spent = time.perf_counter(), time.process_time()
    answer = call()
    return answer, time.perf_counter() - started, time.process_time() - spent


def rivals(task: str, millions: int) -> dict[str, Callable[[], Any]]:
    """Return the makers of the rivals of a task that are asked at a size."""
    files = parquet_of(scale_lake(millions))
    found: dict[str, Callable[[], Any]] = {
        SQL_NATIVE: lambda: DuckdbByHand(files, copy_path(millions)),
        SQL_PARQUET: lambda: DuckdbByHand(files),
        POLARS: lambda: PolarsByHand(files),
    }
    if millions <= PANDAS_MOST[task]:
        found[PANDAS] = lambda: PandasByHand(files)
    return found


def check_gross(lake: Path, made: dict[str, Any]) -> None:
    """Compare loss and gain of every rival with ours.

    Raises:
        SystemExit: A figure differs by more than a billionth.
    """
    asked = question(0)
    own = ours.loss_and_gain(ours.measure(lake, asked, **ours.GROSS))
    for name, rival in made.items():
        theirs = ours.loss_and_gain_of(rival.gross(asked), asked.members)
        if not all(math.isclose(one, two, rel_tol=1e-9) for one, two in zip(own, theirs, strict=True)):
            sys.exit(f"{name} gives loss and gain {theirs}, Stopgap {own}")


def gross(millions: int, runs: int) -> dict[str, Any]:
    """Time the selective measure and its rivals in turn, each round with other windows."""
    lake = scale_lake(millions)
    made = {name: make() for name, make in rivals("gross", millions).items()}
    check_gross(lake, made)
    calls: dict[str, Callable[[int], object]] = {
        OURS: lambda number: ours.measure(lake, question(number), **ours.GROSS)
    }
    for name, rival in made.items():
        calls[name] = lambda number, rival=rival: rival.gross(question(number))
    return alternate(calls, runs)


def first(millions: int, runs: int) -> dict[str, Any]:
    """Time the measure with all intervals for the first time in a vintage, then the same question again."""
    lake = scale_lake(millions)
    ours.measure(scale_lake(0), question(0))  # Python's own start: modules, code tables, episodes
    finding, wall, cpu = clocked(lambda: ours.measure(lake, question(0)))
    found = {
        "wall_s": wall,
        "cpu_s": cpu,
        "peak_mib": peak_mib(),
        "has_interval": finding.backfill.net_ci95 is not None,
    }
    again = [clocked(lambda: ours.measure(lake, question(0)))[1:] for _ in range(runs)]
    return found | {"again_wall_s": [each[0] for each in again], "again_cpu_s": [each[1] for each in again]}


def panel_goods(millions: int, _: int) -> dict[str, Any]:
    """Return the goods of the panel of all destinations, and whether each is of the list."""
    opened = ours.World(scale_lake(millions), question(0))
    return opened.goods().to_pydict()


def panel(millions: int, _: int, who: str, limit: str = "") -> dict[str, Any]:
    """Time one panel of all destinations, with its peak memory; one of the small lake before it loads the program."""
    asked = question(0)
    goods = pa.table({"good": list(asked.goods), "is_sanctioned": [True] * len(asked.goods)})
    if who == OURS:
        small = ours.World(scale_lake(0), asked)
        small.panel()
        small.close()
        opened = ours.World(scale_lake(millions), asked, memory_limit=limit or None)
        table, wall, cpu = clocked(opened.panel)
    else:
        rivals("panel", 0)[who]().panel(asked, goods)
        goods = pa.table(json.loads((CACHE / "by-hand" / f"goods-{millions}m.json").read_text("utf-8")))
        rival = rivals("panel", millions)[who]()
        table, wall, cpu = clocked(lambda: rival.panel(asked, goods))
    return {"wall_s": wall, "cpu_s": cpu, "peak_mib": peak_mib(), "sums": vars(sums_of(table))}


def size_of(copy: Path) -> int:
    """Return the bytes of a native copy and of the arrays beside it."""
    return sum(path.stat().st_size for path in copy.parent.glob(f"{copy.stem}.*"))


def copy(millions: int, _: int, who: str) -> dict[str, Any]:
    """Time one native copy of a lake that has none, or the bare copy of the needed columns."""
    lake = scale_lake(millions)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        if who == OURS:
            bare = ours.lake_without_copy(lake, folder)
            path, wall, cpu = clocked(lambda: ours.native_copy(bare))
        else:
            path = folder / "bare.duckdb"
            _, wall, cpu = clocked(lambda: build_copy(parquet_of(lake), path))
        size = size_of(path)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    return {"wall_s": wall, "cpu_s": cpu, "peak_mib": peak_mib(), "bytes": size}


def own_copy(millions: int, _: int) -> dict[str, Any]:
    """Make our native copy where it is not there yet, and return its bytes."""
    return {"bytes": size_of(ours.native_copy(scale_lake(millions)))}


def by_hand(millions: int, _: int) -> dict[str, Any]:
    """Make the native copy that the hand-written SQL reads, where it is not there yet; count the rows."""
    import pyarrow.parquet as pq

    files = parquet_of(scale_lake(millions))
    if not copy_path(millions).exists():
        building = copy_path(millions).with_suffix(".building")
        build_copy(files, building)
        building.rename(copy_path(millions))
    return {
        "rows": sum(pq.ParquetFile(path).metadata.num_rows for path in files),
        "parquet_bytes": sum(Path(path).stat().st_size for path in files),
        "copy_bytes": copy_path(millions).stat().st_size,
    }


TASKS = {task.__name__: task for task in (gross, first, panel, panel_goods, copy, own_copy, by_hand)}

if __name__ == "__main__":
    gc.set_threshold(COLLECT_AFTER)  # as in every process of the program
    task, size, count, *more = sys.argv[1:]
    print(json.dumps(TASKS[task](int(size), int(count), *more)))

"""A measure with all intervals on a Spark cluster of two workers on loopback: growth with rows, and beside its own statements.

    python bench/bench_cluster.py --full

The lakes are those of ``bench_scale.py``, simulated once and kept. Each size is measured once by a process that has just
connected (``first``), with the processor time of driver and executors, their start included. At 1 million rows ``measure`` and
``statements`` (what the measure sends, one after another by hand) take turns after it. Figures are compared with those of
DuckDB, to a billionth. Promises: ``measure`` at most 1.5 times ``statements``; 100 million rows less than eight times 10 million.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from measured import PYTHON, Run, heading, run_child, table
from scale_engines import CHILD, cluster, no_spark


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1], help="million rows")
    parser.add_argument("--full", action="store_true", help="1, 10 and 100 million rows")
    parser.add_argument("--runs", type=int, default=1, help="runs of measure and statements at 1 million rows, in turn")
    given = parser.parse_args()
    if why := no_spark():
        sys.exit(why)
    heading("A measure on a Spark cluster of two workers, 50 goods x 1 target, all intervals")
    rows, before = [], 0.0
    for millions in (1, 10, 100) if given.full else given.sizes:
        wanted, _ = _measured(millions, 0, "duckdb")
        with cluster() as on:
            found, run = _measured(millions, 0, on.address)
            cpu_s = run.cpu_s + on.cpu_s()
        for name, value in wanted["sums"].items():
            if abs(found["sums"][name] - value) > 1e-9 * abs(value):
                sys.exit(f"{millions} million rows: {name} is {found['sums'][name]}, DuckDB has {value}")
        growth = f"{cpu_s / before:.1f} x" if before else ""
        rows.append(
            [
                f"{millions} million",
                f"{wanted['first_s']:.2f} s",
                f"{found['first_s']:.0f} s",
                f"{cpu_s:.0f} s",
                growth,
                str(found["statements"]),
            ]
        )
        print(f"  {' · '.join(rows[-1])}", flush=True)
        before = cpu_s
    table(["rows", "DuckDB, first", "cluster, first", "CPU", "growth of CPU", "statements"], rows)
    if given.full or 1 in given.sizes:
        with cluster() as on:
            found, _ = _measured(1, given.runs, on.address)
        ratio = found["measure_s"] / found["statements_s"]
        print(
            f"At 1 million rows, warm: measure {found['measure_s']:.1f} s, its statements by hand "
            f"{found['statements_s']:.1f} s, ratio {ratio:.2f} (promised at most 1.5)."
        )


def _measured(millions: int, runs: int, where: str) -> tuple[dict[str, Any], Run]:
    run = run_child(PYTHON, CHILD, str(millions), str(runs), where, check=False)
    answer = dict(json.loads(run.stdout.splitlines()[-1]))
    if "why" in answer:
        sys.exit(f"{where}, {millions} million rows: {answer['why']}")
    return answer, run


if __name__ == "__main__":
    main()

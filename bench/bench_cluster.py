"""A measure with all intervals on a Spark cluster of two workers on loopback: growth with rows, and beside its own statements.

    python bench/bench_cluster.py --full

The lakes are those of ``bench_scale.py``, simulated once and kept. ``first`` is the first measure of a process that has just
connected; ``measure`` and ``statements`` (what the measure sends, one after another by hand) take turns after it, for sizes up
to ``--compared``. Figures are compared with those of DuckDB, to a billionth. Promises: ``measure`` at most 1.5 times
``statements``; ``first`` at 100 million rows less than eight times that at 10 million.
"""

from __future__ import annotations

import argparse
import json
import sys

from measured import PYTHON, heading, run_child, table
from scale_engines import CHILD, cluster, no_spark


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1], help="million rows")
    parser.add_argument("--full", action="store_true", help="1, 10 and 100 million rows")
    parser.add_argument("--runs", type=int, default=1, help="runs of measure and statements, in turn")
    parser.add_argument("--compared", type=int, default=10, help="largest size at which statements run by hand")
    given = parser.parse_args()
    if why := no_spark():
        sys.exit(why)
    heading("A measure on a Spark cluster of two workers, 50 goods x 1 target, all intervals")
    rows, before = [], None
    for millions in (1, 10, 100) if given.full else given.sizes:
        expected = _measured(millions, 0, "duckdb")
        with cluster() as address:
            found = _measured(millions, given.runs if millions <= given.compared else 0, address)
        for name, value in expected["sums"].items():
            if abs(found["sums"][name] - value) > 1e-9 * abs(value):
                sys.exit(f"{millions} million rows: {name} is {found['sums'][name]}, DuckDB has {value}")
        has_hand = "measure_s" in found
        rows.append(
            [
                f"{millions} million",
                f"{expected['first_s']:.2f} s",
                f"{found['first_s']:.0f} s",
                f"{found['first_s'] / before:.1f} x" if before else "",
                f"{found['measure_s']:.0f} s" if has_hand else "",
                f"{found['statements_s']:.0f} s" if has_hand else "",
                f"{found['measure_s'] / found['statements_s']:.2f}" if has_hand else "",
                str(found["statements"]),
            ]
        )
        before = found["first_s"]
    names = ["rows", "DuckDB, first", "cluster, first", "growth", "cluster, measure", "statements", "ratio", "number"]
    table(names, rows)


def _measured(millions: int, runs: int, where: str) -> dict[str, object]:
    run = run_child(PYTHON, CHILD, str(millions), str(runs), where, check=False)
    answer = dict(json.loads(run.stdout.splitlines()[-1]))
    if "why" in answer:
        sys.exit(f"{where}, {millions} million rows: {answer['why']}")
    return answer


if __name__ == "__main__":
    main()

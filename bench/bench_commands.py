"""Commands on the demo lake as whole processes, against what is promised of them.

    python bench/bench_commands.py --runs 7

Each run is a process of its own, from the start of Python to its end. The rival of
``measure`` is the sum that an analyst writes by hand: pandas reads the bundled
Parquet file and adds up suppliers before and after.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from measured import CACHE, PYTHON, ROOT, Run, heading, run_child, spread, stopgap, table

MEASURE = (
    "measure", "russia-2022", "--goods", "machinery-electronics", "--baseline", "2021-01:2021-12", "--after", "2023-01:2023-12",
)  # fmt: skip
SQL = (
    "SELECT reporter, sum(value_usd) AS usd FROM trade WHERE partner = 'RUS' AND flow = 'X' AND good = '84+85' "
    "AND period = DATE '2023-01-01' GROUP BY 1 ORDER BY 2 DESC"
)
BY_HAND = """
import sys
import pandas as pd
rows = pd.read_parquet(sys.argv[1])
rows = rows[(rows.partner == "RUS") & (rows.flow == "X") & (rows.kind == "economy")]
rows["usd"] = rows.value_reported * rows.usd_per_unit
rows["year"] = pd.to_datetime(rows.period).dt.year
wide = rows[rows.year.isin([2021, 2023])].pivot_table(index="reporter", columns="year", values="usd", aggfunc="sum")
print(wide.loc["CHN", 2023])
"""


def runs_of(count: int, once: Callable[[], Run]) -> list[Run]:
    """Several runs of one command."""
    return [once() for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    heading("Commands on the demo lake", "pandas")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        lake = folder / "demo" / "lake"

        def demo() -> Run:
            shutil.rmtree(folder / "demo", ignore_errors=True)
            return stopgap("demo", "--lake", lake, "--output", folder / "demo", "--format", "json")

        def uncopied() -> Run:
            shutil.rmtree(lake / "derived", ignore_errors=True)
            return stopgap(*MEASURE, "--lake", lake, "--format", "json")

        figures = ROOT / "src" / "stopgap" / "demo" / "data" / "machinery-electronics-annual.parquet"
        timed = [
            ("stopgap --help", "0.4", runs_of(given.runs, lambda: stopgap("--help"))),
            ("stopgap demo", "45", runs_of(max(2, given.runs // 3), demo)),
            ("stopgap measure, first on a lake (builds its native copy)", "", runs_of(given.runs, uncopied)),
            ("stopgap measure", "1", runs_of(given.runs, lambda: stopgap(*MEASURE, "--lake", lake, "--format", "json"))),
            ("the same sums by hand in pandas", "", runs_of(given.runs, lambda: run_child(PYTHON, "-c", BY_HAND, figures))),
            ("stopgap query", "", runs_of(given.runs, lambda: stopgap("query", SQL, "--lake", lake, "--format", "json"))),
        ]  # fmt: skip
    table(
        ["whole process", "min s", "median s", "max s", "promise s", "kept", "cpu s", "peak MiB"],
        [
            [
                label, *spread(run.wall_s for run in runs), promise or "–",
                ("yes" if median(run.wall_s for run in runs) <= float(promise) else "no") if promise else "–",
                f"{median(run.cpu_s for run in runs):.2f}", f"{max(run.peak_mib for run in runs):,.0f}",
            ]
            for label, promise, runs in timed
        ],
    )  # fmt: skip
    suppliers = {row["supplier"]: row["after_usd"] for row in json.loads(timed[3][2][0].stdout)["suppliers"]}
    by_hand = float(timed[4][2][0].stdout)
    print(
        f"China's exports of machinery and electronics to Russia in 2023: measure {suppliers['CHN']:,.0f} USD, by hand {by_hand:,.0f} USD."
    )


if __name__ == "__main__":
    main()

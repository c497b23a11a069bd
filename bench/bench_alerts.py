"""Alerts: the first run on the demo lake, and one month over a lake of a million series, beside plain Polars and numpy.

    python bench/bench_alerts.py --runs 5

The demo lake is that of ``stopgap demo``, with its log of alerts removed before each run. The million series are the
exports of 159 economies to the target and to a hub in 3,200 goods, each of which is a cell of the alerts or part of one
(``alert_lakes.py``); the last vintage brings one month. The rival reads the same Parquet files with Polars and works out
the same scores and p-values of the month with whole arrays, written down as the method page has them, without the lasting
rise, codes, sources, revisions and first releases.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from alert_lakes import MillionLake
from measured import CACHE, PYTHON, Run, heading, run_child, stopgap, table

DEMO_S, MILLION_S, MILLION_GB = 6, 30, 4


def fresh(lake: Path) -> None:
    """Remove the log of alerts, so that the next run is the first."""
    shutil.rmtree(lake / "alerts", ignore_errors=True)


def alerts(lake: Path, episode: str | Path) -> Run:
    """Run the alerts of an episode for the first time."""
    fresh(lake)
    return stopgap("alerts", "run", str(episode), "--lake", lake)


def row(name: str, runs: Sequence[Run], promise: str) -> list[str]:
    """Medians of some runs, as cells."""
    cpu, wall = median(run.cpu_s for run in runs), median(run.wall_s for run in runs)
    return [
        name,
        str(len(runs)),
        f"{wall:.1f}",
        f"{cpu:.1f}",
        f"{max(run.peak_mib for run in runs) / 1024:.2f}",
        promise,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=CACHE)
    given = parser.parse_args()
    heading("Alerts, first run", "numpy", "polars")
    made = MillionLake(given.folder)
    lake, episode = made.lake, made.episode
    shutil.rmtree(lake / "derived", ignore_errors=True)
    copy = stopgap("query", "--lake", lake, "SELECT count(*) FROM trade")
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "lake"
        stopgap("demo", "--lake", demo, "--output", Path(folder) / "out")
        of_demo: list[Run] = []
        of_million: list[Run] = []
        rival: list[Run] = []
        for _ in range(given.runs):
            of_demo.append(alerts(demo, "russia-2022"))
            of_million.append(alerts(lake, episode))
            rival.append(run_child(PYTHON, Path(__file__).with_name("alert_rival.py"), lake, episode))
    rows = [
        row("demo lake", of_demo, f"{DEMO_S} s"),
        row(f"{made.series:,} series, one month", of_million, f"{MILLION_S} s, {MILLION_GB} GB"),
        row("the same, Polars and numpy", rival, ""),
        row("native copy of that lake, once a vintage", [copy], ""),
    ]
    table(("", "runs", "wall s", "CPU s", "peak GB", "promise"), rows)
    kept = (
        median(run.wall_s for run in of_demo) <= DEMO_S
        and median(run.wall_s for run in of_million) <= MILLION_S
        and max(run.peak_mib for run in of_million) <= 1024 * MILLION_GB
    )
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()

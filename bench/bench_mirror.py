"""``mirror`` on 1 and 10 million rows of which half are imports, beside the bare join of both sides in DuckDB.

    python bench/bench_mirror.py [--sizes 1 10] [--runs 5]

Each run is a process of its own; the two alternate. The rival joins exports and imports by hand, from the Parquet files,
and adds up what was exported to each hub and to the target and what these recorded: no markup, no lags, no ordinary
disagreement, no reporter's quality.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import PYTHON, Run, heading, run_child, spread, stopgap, table
from scale_lakes import AFTER, BASELINE, GOODS
from two_sided_lakes import two_sided_lake


def rival(lake: Path) -> float:
    """Dollars a year that the target recorded from suppliers outside the coalition, with all joins of the question."""
    import duckdb

    from stopgap.codes.goods import load_goods
    from stopgap.panel.episodes import load_episode

    episode = load_episode("russia-2022")
    listed = sorted(item.code for item in load_goods(GOODS).items)
    with duckdb.connect() as con:
        found = con.execute(
            f"""
            WITH sides AS (
                SELECT flow, CASE WHEN flow = 'X' THEN reporter ELSE partner END AS exporter,
                    CASE WHEN flow = 'X' THEN partner ELSE reporter END AS importer, good, period,
                    sum(value_usd) AS value_usd, sum(net_kg) AS net_kg
                FROM read_parquet('{lake}/tables/trade/**/*.parquet')
                WHERE kind = 'economy' AND flow IN ('X', 'M') AND list_contains($listed, good) AND reporter <> partner
                GROUP BY ALL
            ),
            pairs AS (
                SELECT exporter, importer, good, period, x.value_usd AS sold, m.value_usd AS bought,
                    ln(m.value_usd / x.value_usd) AS gap
                FROM (FROM sides WHERE flow = 'X') AS x
                FULL JOIN (FROM sides WHERE flow = 'M') AS m USING (exporter, importer, good, period)
            ),
            markup AS (SELECT good, median(gap) AS gap FROM pairs GROUP BY good)
            SELECT importer, exporter, sum(sold), sum(bought * exp(-markup.gap)), sum(bought)
            FROM pairs JOIN markup USING (good)
            WHERE list_contains($places, importer) AND period BETWEEN DATE '2022-03-01' AND DATE '2023-12-01'
            GROUP BY ALL
            """,
            {"listed": listed, "places": [episode.target, *episode.hubs]},
        ).fetchall()
    members = episode.members()
    return sum(row[4] for row in found if row[0] == episode.target and row[1] not in members and row[4]) * 12 / 22


def ours(lake: Path) -> Run:
    """One run of the command."""
    return stopgap(
        "mirror", "russia-2022", "--lake", lake, "--goods", GOODS, "--baseline", BASELINE, "--after", AFTER, "--format", "json",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rival", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.rival:
        print(rival(given.rival))
        return
    heading("Both sides' reports compared, beside their bare join")
    rows = []
    for size in given.sizes:
        lake = two_sided_lake(size)
        ours(lake)  # makes the native copy where there is none
        pairs = [(ours(lake), run_child(PYTHON, __file__, "--rival", lake)) for _ in range(given.runs)]
        totals = json.loads(pairs[0][0].stdout)["reconciled"]
        [bought] = [row["importer_usd"] for row in totals if (row["exporters"], row["importer"]) == ("others", "RUS")]
        alone = float(pairs[0][1].stdout.split()[-1])
        for label, runs in zip(("mirror", "join by hand"), zip(*pairs, strict=True), strict=True):
            ratio = median(one.cpu_s / other.cpu_s for one, other in pairs) if label == "mirror" else 1.0
            peak = max(run.peak_mib for run in runs)
            total = bought if label == "mirror" else alone
            rows.append(
                [f"{label}, {size} million rows", *spread(run.cpu_s for run in runs), f"{ratio:.2f}",
                 f"{median(run.wall_s for run in runs):.1f}", f"{peak:,.0f}", f"{total:,.0f}"]
            )  # fmt: skip
    table(["", "min CPU s", "median CPU s", "max CPU s", "ratio", "wall s", "peak MiB", "others to RUS, USD"], rows)


if __name__ == "__main__":
    main()

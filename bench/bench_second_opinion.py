"""``counterfactual`` on 1 and 10 million rows, beside its Poisson model alone on a panel that DuckDB adds up.

    python bench/bench_second_opinion.py [--sizes 1 10] [--runs 5]

Each run is a process of its own; the two alternate. The rival is what an analyst writes by hand for one number: means a
year of each cell in two windows from the Parquet files, then ``pyfixest.fepois`` with its three sets of effects, errors
clustered by pair. Stopgap's time holds the measure with its intervals, the same fit, the effect of every placebo
destination, the event study, placebo dates, contrasts and named tests too.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import PYTHON, Run, heading, run_child, spread, stopgap, table
from scale_lakes import AFTER, BASELINE, GOODS, scale_lake

SAME = 1e-6
"""Largest difference between both effects, as a share; pyfixest ends at 1e-8 of its own criterion."""


def goods_compared(lake: Path) -> list[str]:
    """The goods that the model compares: those listed, and the ordinary ones that no list names and no revision moved."""
    from stopgap.panel.all_destinations import open_world
    from stopgap.panel.engine import engine_on
    from stopgap.panel.episodes import load_episode, parse_window
    from stopgap.panel.prepare import MeasureOptions

    episode = load_episode("russia-2022")
    options = MeasureOptions(
        baseline=parse_window(BASELINE, option="--baseline"), after=parse_window(AFTER, option="--after")
    )
    with engine_on(lake, as_of=None) as (engine, snapshot):
        world = open_world(engine, snapshot, episode, episode.goods_list(GOODS), options)
    return sorted(set(world.tables["world_wanted"]["panel_good"].to_pylist()))


def rival(lake: Path, goods: list[str]) -> float:
    """β by pyfixest on a panel made from the lake's Parquet files by DuckDB alone."""
    import duckdb
    import pyfixest as pf

    from stopgap.codes.goods import load_goods
    from stopgap.panel.episodes import load_episode

    episode = load_episode("russia-2022")
    out = sorted({*episode.members(), episode.target})
    listed = sorted(item.code for item in load_goods(GOODS).items)
    with duckdb.connect() as con:
        frame = con.execute(
            f"""
            WITH cells AS (
                SELECT reporter AS i, partner AS j, good AS k,
                    sum(value_usd * CASE WHEN month(period) < 3 THEN 0.5 ELSE 1 END)
                        FILTER (period BETWEEN DATE '2020-01-01' AND DATE '2021-12-01') AS before,
                    sum(value_usd) FILTER (period BETWEEN DATE '2022-03-01' AND DATE '2023-12-01') AS later
                FROM read_parquet('{lake}/tables/trade/**/*.parquet')
                WHERE kind = 'economy' AND flow = 'X' AND NOT list_contains($out, reporter)
                    AND NOT list_contains($hubs, partner) AND list_contains($goods, good)
                GROUP BY ALL
            )
            SELECT i || k || t AS ikt, i || j || k AS ijk, i || j || t AS ijt, i || j AS pair, coalesce(y, 0) / 1e6 AS y,
                CAST(j = $target AND t = 'later' AND list_contains($listed, k) AS DOUBLE) AS x
            FROM (SELECT i, j, k, before AS y, 'before' AS t FROM cells
                UNION ALL SELECT i, j, k, later, 'later' FROM cells)
            """,
            {"out": out, "hubs": sorted(episode.hubs), "target": episode.target, "listed": listed, "goods": goods},
        ).df()
    fit = pf.fepois("y ~ x | ikt + ijk + ijt", frame, vcov={"CRV1": "pair"}, lean=True, store_data=False)
    return float(fit.coef()["x"])


def ours(lake: Path) -> Run:
    """One run of the command."""
    return stopgap(
        "counterfactual", "russia-2022", "--lake", lake, "--goods", GOODS, "--baseline", BASELINE, "--after", AFTER,
        "--format", "json",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rival", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--goods", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.rival:
        print(rival(given.rival, given.goods))
        return
    heading("Second opinions, beside the Poisson model alone", "pyfixest")
    rows = []
    for size in given.sizes:
        lake = scale_lake(size)
        ours(lake)  # makes the native copy where there is none
        alone_with = (PYTHON, __file__, "--rival", lake, "--goods", *goods_compared(lake))
        pairs = [(ours(lake), run_child(*alone_with)) for _ in range(given.runs)]
        effect = json.loads(pairs[0][0].stdout)["second_opinion"]["common"]["effect"]
        alone = float(pairs[0][1].stdout.split()[-1])
        told = "equal" if math.isclose(effect, alone, rel_tol=SAME) else f"{alone:.6f}"
        for label, runs in zip(("counterfactual", "pyfixest alone"), zip(*pairs, strict=True), strict=True):
            ratio = median(one.cpu_s / other.cpu_s for one, other in pairs) if label == "counterfactual" else 1.0
            peak = max(run.peak_mib for run in runs)
            rows.append(
                [f"{label}, {size} million rows", *spread(run.cpu_s for run in runs), f"{ratio:.2f}",
                 f"{median(run.wall_s for run in runs):.1f}", f"{peak:,.0f}", f"{effect:.6f}", told]
            )  # fmt: skip
    table(["", "min CPU s", "median CPU s", "max CPU s", "ratio", "wall s", "peak MiB", "β", "rival's β"], rows)


if __name__ == "__main__":
    main()

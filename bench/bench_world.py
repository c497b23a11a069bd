"""A measure with all intervals on a large world: 200 economies, 500 goods, 72 months, 40 placebo destinations.

    python bench/bench_world.py --density 0.1

The figures are drawn by SQL into a lake in memory, of which each supplier, destination,
good and month is there with the density given (1.0 would be 290 million rows). The measure
runs as ``stopgap measure --by group`` does, stages and all, in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from measured import PYTHON, heading, run_child, table

PROMISE_S, PROMISE_GB = 60, 6

ROWS = """
    SELECT (DATE '2017-01-01' + INTERVAL (m) MONTH)::DATE AS period, 'M' AS frequency, s.code AS reporter,
        d.code AS partner, 'X' AS flow, g.code AS good, 'HS2022' AS revision,
        round(exp(6 + 3 * (hash(s.n, d.n, g.n) % 1000003) / 1000003.0 + 1.5 * (hash(s.n, d.n, g.n, m) % 1000003) / 1000003.0), 2)
            * CASE WHEN s.n <= 60 AND d.n = 0 AND g.n < 250 AND m >= 38 THEN 0.3
                   WHEN s.n > 60 AND d.n = 0 AND g.n < 250 AND m >= 38 THEN 1.4 ELSE 1 END AS value_usd,
        NULL::DOUBLE AS net_kg, NULL::DOUBLE AS quantity, NULL AS quantity_unit, 'FOB' AS valuation,
        false AS is_estimated, 'comtrade' AS source, 'v1' AS vintage, 'r' AS receipt, 'economy' AS kind, 'USD' AS currency,
        value_usd AS value_reported, 1.0 AS usd_per_unit
    FROM economies AS s, (SELECT * FROM economies WHERE n <= 40) AS d, goods AS g, range(72) AS t(m)
    WHERE s.n <> d.n AND hash(s.n, d.n, g.n, m, 7) % 10000 < {density} * 10000
    ORDER BY partner, good, period, reporter
"""

EPISODE = """
name: large
title: A large simulated world
target: {target}
direction: exports-to-target
event: 2020-03
coalition: [{members}]
goods: [goods.csv]
baseline: {{from: 2017-01, to: 2019-12, min_months: 24}}
after: {{from: 2020-04, to: 2022-12}}
hubs: [{hubs}]
placebo_targets: auto
"""


def child(density: float) -> None:
    """Draws the world, measures it, and prints seconds, rows and peak memory."""
    import duckdb
    import pyarrow as pa

    from stopgap.codes.areas import areas
    from stopgap.codes.commodities import subheadings
    from stopgap.codes.goods import load_goods
    from stopgap.lake.engines.engine import DuckDBEngine
    from stopgap.lake.snapshot import Snapshot
    from stopgap.lake.views import REPORTED_SQL, TRADE_VIEWS
    from stopgap.measures.backfill.run import measure_list_on
    from stopgap.panel.episodes import load_episode
    from stopgap.panel.prepare import MeasureOptions

    names = sorted(code for code, area in areas().items() if area.kind == "economy")[:200]
    codes = subheadings("", "HS2022")[::10][:500]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "world.duckdb")) as con:
        con.execute("SET enable_progress_bar = false; SET memory_limit = '3GB'")
        con.register("economies_given", pa.table({"code": names, "n": list(range(len(names)))}))
        con.register("goods_given", pa.table({"code": codes, "n": list(range(len(codes)))}))
        con.execute("CREATE TABLE economies AS FROM economies_given; CREATE TABLE goods AS FROM goods_given")
        con.execute(f"CREATE TABLE trade_rows AS {ROWS.format(density=density)}")
        con.execute(f"CREATE TABLE reported AS {REPORTED_SQL}")
        con.execute("CHECKPOINT")
        for name, sql in TRADE_VIEWS.items():
            con.execute(f"CREATE VIEW {name} AS {sql}")
        [(rows,)] = con.execute("SELECT count(*) FROM trade_rows").fetchall()
        sanctioned = "".join(f"{code},made up,tier {at % 5}\n" for at, code in enumerate(codes[:250]))
        (Path(folder) / "goods.csv").write_text("code,description,group\n" + sanctioned)
        episode = EPISODE.format(target=names[0], members=", ".join(names[1:41]), hubs=", ".join(names[41:50]))
        (Path(folder) / "episode.yml").write_text(episode)
        loaded = load_episode(str(Path(folder) / "episode.yml"))
        snapshot = Snapshot(Path(folder), "v1", True, 0, {}, (), {})
        started = time.perf_counter()
        finding = measure_list_on(
            DuckDBEngine(con), snapshot, loaded, load_goods(str(Path(folder) / "goods.csv")), MeasureOptions()
        )
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        intervals = sum(row.loss_ci95 is not None and row.net_ci95 is not None for row in finding.by_group)
        print(
            rows,
            seconds,
            peak,
            intervals,
            len(finding.by_group),
            finding.backfill.net_ratio,
            finding.backfill.net_ci95,
            sep="|",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--density", type=float, nargs="+", default=[0.02, 0.1])
    parser.add_argument("--child", type=float)
    given = parser.parse_args()
    if given.child is not None:
        child(given.child)
        return
    heading("A measure with all intervals, 200 economies, 500 goods, 72 months, 40 placebo destinations", "numpy")
    cells, kept = [], True
    for density in given.density:
        run = run_child(PYTHON, __file__, "--child", str(density))
        rows, seconds, peak, intervals, groups, *_ = run.stdout.strip().split("|")
        holds = float(seconds) <= PROMISE_S and float(peak) <= PROMISE_GB and intervals == groups
        kept = kept and holds
        cells.append(
            [
                f"{density:.0%}",
                f"{int(rows):,}",
                f"{float(seconds):.1f}",
                f"{float(peak):.2f}",
                f"{intervals} of {groups}",
                "yes" if holds else "NO",
            ]
        )
    table(("density", "rows", "measure s", "peak GB of the whole process", "groups with both intervals", "kept"), cells)
    print(f"Promise: under {PROMISE_S} s and {PROMISE_GB} GB. The peak includes drawing the figures.")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
